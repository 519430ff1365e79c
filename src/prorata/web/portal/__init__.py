"""Portal: the pages on which customers manage what they have."""
