"""Moments: how verbs tell those above them, whom they do not know, of what has happened."""

from collections.abc import Callable
from typing import Any, TypeVar

from prorata.model.resource import Resource
from prorata.model.transaction import Tx

H = TypeVar("H", bound=Callable[..., Any])


class Moment:
    """A moment in a document's life; used as a decorator it registers who is told of it.

    A hook is called as `hook(tx, document, *facts, **facts)` inside the transaction that causes the
    moment, after the document has its new state and before what follows from it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.hooks: list[Callable[..., Any]] = []

    def __call__(self, hook: H) -> H:
        self.hooks.append(hook)
        return hook

    def tell(self, tx: Tx, document: Resource, *facts: Any, **named: Any) -> None:
        """Call everyone who registered, in the order of registration."""
        for hook in self.hooks:
            hook(tx, document, *facts, **named)

    def ask(self, tx: Tx, document: Resource, *facts: Any) -> bool:
        """Call everyone who registered; return whether one of them has taken care of it."""
        answers = [hook(tx, document, *facts) for hook in self.hooks]
        return any(answers)
