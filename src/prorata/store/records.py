"""Records: documents as a unit of work holds them, with what is needed to see what changed."""

from typing import Any, NamedTuple

import msgspec

from prorata.model.difference import encoded_patch
from prorata.model.resource import Resource, ResourceSpec

encode = msgspec.json.Encoder(decimal_format="string").encode
_decoders: dict[type, msgspec.json.Decoder[Any]] = {}
# What a column stores otherwise than the document has it: 0 and 1 are found here, and are the same.
STORED: dict[Any, int | None] = {True: 1, False: 0, msgspec.UNSET: None}
PLUMBING = ("id", "revision", "created", "clock", "deleted", "document", "private")


def decoder(cls: type) -> msgspec.json.Decoder[Any]:
    """Return the prepared decoder of a struct."""
    found = _decoders.get(cls)
    if found is None:
        found = _decoders[cls] = msgspec.json.Decoder(cls)
    return found


def plain(data: bytes | str) -> dict[str, Any]:
    """Return a stored document as plain dicts."""
    document: dict[str, Any] = msgspec.json.decode(data)
    return document


def key_of(spec: ResourceSpec, id: str) -> str:
    """Return what names a document among those of all kinds.

    Generated ids do; one that a client chose may name a product, a price and a coupon at once.
    """
    return f"{spec.kind}/{id}" if spec.chosen_ids else id


def id_in(spec: ResourceSpec, key: str) -> str:
    """Return the id of a document of a kind by its key."""
    return key.removeprefix(f"{spec.kind}/") if spec.chosen_ids else key


class HeldForm(NamedTuple):
    """What a held transaction did to a document, so that it can be taken back alone.

    revision: of the document before it, 0 where it made the document; after: when it had ended.
    private, private_after: the private facts at both, encoded. was_deleted, deleted: likewise.
    postings: the ids of what it posted of the document.
    """

    kind: str
    revision: int
    after: int
    private: str | None
    private_after: str | None
    quiet: bool
    was_deleted: bool
    deleted: bool
    postings: tuple[str, ...] = ()


class Record(msgspec.Struct, eq=False):
    """One document in a unit of work.

    base: the encoded form that was loaded, None for a new document. shown: the form of the newest
    revision, which is `base` until an event holds a later one. shown_private: the private facts
    when the last step ended. suspect: whether it may differ from both, having been handed out
    since. event_base: the form that derived
    events compare with: that before the present step, or an older one where an earlier transaction
    left its events to this one. patches: (revision, second, reverse patch) not yet written.
    touched_at: the second of the step that changed what nobody is shown, or relied on it, last.
    stored_columns: the values of the declared columns in the stored row, where they are known.
    """

    document: Any
    spec: ResourceSpec
    key: str
    created: int
    base: bytes | None = None
    base_private: bytes | None = None
    event_base: bytes | None = None
    shown: bytes | None = None
    shown_private: bytes | None = None
    revision: int = 0
    stored_revision: int = 0
    clock: str | None = None
    deleted: bool = False
    was_deleted: bool = False
    fresh: bool = False
    suspect: bool = False
    quiet: bool = False
    # Whether it is as if the document had never been: what it named is free again.
    undone: bool = False
    # The form before the newest patch, so that a difference is not worked out twice.
    settled_from: bytes | None = None
    told_deleted: bool = False
    touched_at: int | None = None
    patches: list[tuple[int, int, dict[str, Any]]] = []
    stored_columns: list[Any] | None = None

    @classmethod
    def of_new(cls, document: Resource, key: str, created: int) -> "Record":
        """Return the record of a document that is not in the books yet."""
        return cls(document, document.spec, key, created, fresh=True, suspect=True)

    @classmethod
    def from_row(cls, spec: ResourceSpec, row: tuple[Any, ...]) -> "Record":
        """Return the record of a row in the order of PLUMBING."""
        id, revision, created, clock, deleted, text, private_text = row
        base = text.encode() if isinstance(text, str) else bytes(text)
        document = decoder(spec.cls).decode(base)
        base_private = None
        if spec.cls.Private is not None:
            base_private = private_text.encode() if private_text else b"{}"
            document.private = decoder(spec.cls.Private).decode(base_private)
        return cls(
            document,
            spec,
            key_of(spec, id),
            created,
            base=base,
            base_private=base_private,
            event_base=base,
            shown=base,
            shown_private=base_private,
            revision=revision,
            stored_revision=revision,
            clock=clock,
            deleted=bool(deleted),
            was_deleted=bool(deleted),
        )

    def settle(self, now: int) -> None:
        """Make the document's present form its newest revision."""
        form = encode(self.document)
        if self.shown is None:
            self.revision, self.shown = 1, form
        elif form != self.shown:
            patch = encoded_patch(self.spec.cls, form, self.shown)
            self.revision += 1
            self.patches.append((self.revision, now, patch))
            self.settled_from, self.shown = self.shown, form

    def start_over(self) -> None:
        """Take what was written for what is stored: the next unit goes on from here."""
        self.base = self.event_base = self.shown
        self.base_private = self.shown_private
        self.stored_revision = self.revision
        self.was_deleted = self.deleted
        self.fresh = self.quiet = self.suspect = self.told_deleted = False
        self.settled_from = self.touched_at = None
        self.patches = []

    def private_bytes(self) -> bytes | None:
        """Return the private facts as they are now, encoded."""
        return encode(self.document.private) if self.spec.has_private else None

    def columns(self) -> list[Any]:
        """Return the values of the declared columns, in their order."""
        read = self.spec.read_columns(self.document)
        values = list(map(STORED.get, read, read))
        if self.undone:
            for place, each in enumerate(self.spec.columns):
                if each.unique:
                    values[place] = None
        return values

    def note_columns(self) -> None:
        """Note what the columns of the stored row hold, before the document is changed."""
        # A document that was deleted may have left the place of its unique values to others.
        known = self.stored_columns is not None or self.fresh
        if not (known or self.suspect or self.was_deleted):
            self.stored_columns = self.columns()

    def gives_up_unique(self) -> bool:
        """Return whether the noun has unique values and this document has none of them."""
        unique = self.spec.unique
        return bool(unique) and (
            self.undone or all(each.value(self.document) is None for each in unique)
        )

    def matches(self, wanted: dict[str, Any]) -> bool:
        """Return whether the document, as it stands in memory, has these column values."""
        document = self.document
        for each in self.spec.columns:
            if each.name in wanted:
                value = _stored(each.value(document))
                expected = wanted[each.name]
                if isinstance(expected, (list, tuple, set, frozenset)):
                    if value not in expected:
                        return False
                elif value != _stored(expected):
                    return False
        return "clock" not in wanted or self.clock == wanted["clock"]

    def held_form(self, postings: tuple[str, ...]) -> HeldForm:
        """Return what is needed to take back, later, what this unit does to the document."""
        private, after = (
            None if each is None else each.decode()
            for each in (self.base_private, self.shown_private)
        )
        # What changes only private facts counts as a revision too.
        revision = max(self.revision, self.stored_revision + 1)
        return HeldForm(
            self.spec.kind, self.stored_revision, revision, private, after, self.quiet,
            self.was_deleted, self.deleted, postings,
        )  # fmt: skip

    def snapshot(self) -> tuple[Any, ...]:
        """Return all that `restore` needs to bring this moment back."""
        suspect = self.suspect
        return (
            encode(self.document) if suspect else self.shown,
            self.private_bytes() if suspect else self.shown_private,
            self.revision,
            self.shown,
            len(self.patches),
            self.deleted,
            self.quiet,
            self.event_base,
        )

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Put an earlier form back into the same object, which others may hold."""
        data, private, self.revision, self.shown, patches = snapshot[:5]
        self.deleted, self.quiet, self.event_base = snapshot[5:]
        del self.patches[patches:]
        earlier = decoder(self.spec.cls).decode(data)
        for name in self.document.__struct_fields__:
            setattr(self.document, name, getattr(earlier, name))
        private_class = self.spec.cls.Private
        if private is not None and private_class is not None:
            self.document.private = decoder(private_class).decode(private)


def _stored(value: Any) -> Any:
    return STORED.get(value, value)
