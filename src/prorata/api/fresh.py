"""Fresh: what is listed, found or expanded shows what has become of it since it was stored."""

from typing import Any

import msgspec

from prorata.model.operation import FRESHENERS
from prorata.model.resource import REGISTRY, Resource
from prorata.store.records import encode, plain
from prorata.store.unit_of_work import UnitOfWork


class _Named(msgspec.Struct):
    id: str


def freshened(uow: UnitOfWork, cls: type[Any], forms: list[bytes]) -> list[bytes]:
    """Return stored forms with those brought up to date that may be behind; nothing is written."""
    if not issubclass(cls, Resource) or cls.spec.kind not in FRESHENERS:
        return forms
    mark, freshen = FRESHENERS[cls.spec.kind]
    places = {
        msgspec.json.decode(form, type=_Named).id: place
        for place, form in enumerate(forms)
        if mark.encode() in form
    }
    if not places:
        return forms
    shown = list(forms)
    for id, document in uow.load(cls, places).items():
        if freshen(uow, document):
            shown[places[id]] = encode(document)
    return shown


def freshened_plain(
    uow: UnitOfWork, kind: str, documents: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return plain documents by id, with those brought up to date that may be behind."""
    if kind not in FRESHENERS:
        return documents
    forms = [encode(each) for each in documents.values()]
    shown = freshened(uow, REGISTRY[kind].cls, forms)
    return {
        id: document if form is stored else plain(form)
        for (id, document), stored, form in zip(documents.items(), forms, shown, strict=True)
    }
