"""The server: database, engine, API and worker put together into one process."""
