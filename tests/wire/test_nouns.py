"""Nouns and the wire: every operation's parameters and every noun's references compile."""

import prorata.resources.all  # noqa: F401
from prorata.model.operation import OPERATIONS
from prorata.model.resource import REGISTRY
from prorata.wire.decode import compiled
from prorata.wire.expandable import fields_of


def test_all_parameters_can_be_read_from_requests():
    for each in OPERATIONS.values():
        if each.params is not None:
            compiled(each.params)


def test_all_references_are_understood():
    for spec in REGISTRY.values():
        assert "object" in fields_of(spec.cls)
