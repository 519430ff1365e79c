"""Every verb: importing this module registers all operations and due handlers."""
