"""Shapes: the official SDK's own annotations, held against what the server answers."""

from .checker import assert_shape, violations

__all__ = ["assert_shape", "violations"]
