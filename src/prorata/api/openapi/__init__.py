"""OpenAPI: the description of the API that is made from its own routes, parameters and nouns."""
