"""Resources: the nouns, grouped as the API reference groups them."""
