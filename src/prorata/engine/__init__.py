"""The engine: the verbs that cross nouns."""
