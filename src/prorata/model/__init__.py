"""The words all nouns use: resources, references, operations, errors and the transaction."""
