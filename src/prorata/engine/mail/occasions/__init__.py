"""Occasions: what happens in the engine that customers are told of by mail."""
