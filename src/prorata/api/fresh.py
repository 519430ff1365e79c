"""Fresh: documents that are listed show what has become of them since they were stored."""

from typing import Any

import msgspec

from prorata.model.operation import FRESHENERS
from prorata.model.resource import Resource
from prorata.store.records import encode
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
