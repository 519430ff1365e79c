"""Resources: what a noun is, and the register of all nouns that tables, routes and events read."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import attrgetter, call
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

from msgspec import Struct

R = TypeVar("R", bound="Resource")
F = TypeVar("F", bound=Callable[..., Any])
ColumnType = Literal["text", "integer", "boolean"]


@dataclass(frozen=True, slots=True)
class Column:
    """A value of a document that queries need beside the stored text."""

    name: str
    value: Callable[[Any], Any]
    type: ColumnType = "text"
    index: bool = False
    unique: bool = False
    folded: bool = False
    is_attribute: bool = False
    common: str | None = None


def column(
    name: str,
    value: Callable[[Any], Any] | None = None,
    *,
    type: ColumnType = "text",
    index: bool = False,
    unique: bool = False,
    folded: bool = False,
    common: str | None = None,
) -> Column:
    """Declare a column; without `value` it is the attribute of the same name.

    `unique` columns admit each value once per account and mode; None is admitted any number of
    times. `folded` columns hold a text in capitals, for whoever looks for it in any.
    `common` is the one value that an index of all others leaves out: what has it is found anyway.
    """
    read = value or attrgetter(name)
    if folded:
        return Column(name, lambda each: _in_capitals(read(each)), type, index, unique, True)
    return Column(name, read, type, index, unique, False, value is None, common)


def _in_capitals(text: Any) -> str | None:
    return text.upper() if isinstance(text, str) else None


def _reader(columns: tuple[Column, ...]) -> Callable[[Any], Sequence[Any]]:
    """Return what reads the values of all columns of a document, in their order."""
    if len(columns) > 1 and all(each.is_attribute for each in columns):
        return attrgetter(*(each.name for each in columns))
    getters = tuple(each.value for each in columns)
    return lambda document: list(map(call, getters, repeat(document)))


@dataclass(frozen=True, slots=True)
class Filter:
    """A list filter: a parameter, the column it reads and how it compares."""

    name: str
    column: str
    kind: Literal["equal", "range", "any_of", "boolean"]
    choices: tuple[str, ...] = ()


def matches(name: str, column: str | None = None, choices: Iterable[str] = ()) -> Filter:
    """Declare a filter by equality; `choices` are the values that are not refused."""
    return Filter(name, column or name, "equal", tuple(choices))


def within(name: str, column: str | None = None) -> Filter:
    """Declare a filter by range (`created[gte]=…`, or a plain number)."""
    return Filter(name, column or name, "range")


def any_of(name: str, column: str) -> Filter:
    """Declare a filter by a list of values (`lookup_keys[]=…`)."""
    return Filter(name, column, "any_of")


def flag(name: str, column: str | None = None) -> Filter:
    """Declare a boolean filter."""
    return Filter(name, column or name, "boolean")


@dataclass(frozen=True, slots=True)
class ResourceSpec:
    """All that the plumbing knows of a noun."""

    kind: str
    cls: "type[Resource]"
    prefix: str
    short_id: bool
    path: str | None
    operations: frozenset[str]
    columns: tuple[Column, ...]
    read_columns: Callable[[Any], Sequence[Any]]
    unique: tuple[Column, ...]
    filters: tuple[Filter, ...]
    search: dict[str, str]
    terms: dict[str, frozenset[str]]
    event: str | None
    events: frozenset[str]
    due: Callable[[Any], int | None] | None
    owner: Callable[[Any], str | None]
    includes: dict[str, Callable[[Any, dict[str, Any]], Any]] = field(default_factory=dict)
    missing_name: str = ""
    missing_param: str = "id"
    missing_hint: str = ""
    page_fields: frozenset[str] = frozenset()
    keeps_stub: bool = False
    chosen_ids: bool = False
    has_private: bool = False
    seals: bool = False
    sums: frozenset[str] = frozenset()
    includable: tuple[str, ...] = ()


class Resource(Struct, kw_only=True, dict=True, tag_field="object"):
    """Base of all documents. `private`, when declared, is kept beside the document, unseen."""

    id: str

    if TYPE_CHECKING:
        # Kept beside the fields, so it is no field: set at loading and adding.
        @property
        def private(self) -> Any: ...
        @private.setter
        def private(self, facts: Any) -> None: ...

    spec: ClassVar[ResourceSpec]
    Private: ClassVar[type[Struct] | None] = None

    def beside(self) -> str:
        """Return the id whose bucket its row has."""
        return self.id


REGISTRY: dict[str, ResourceSpec] = {}
# What objects that are no nouns, such as plans, show only when it is expanded.
VIEWS: dict[str, dict[str, Callable[[Any, dict[str, Any]], Any]]] = {}
BY_PREFIX: dict[str, str] = {}


def resource(
    *,
    prefix: str,
    path: str | None = None,
    short_id: bool = False,
    operations: Iterable[str] = ("retrieve", "list"),
    columns: Iterable[Column] = (),
    filters: Iterable[Filter] = (),
    search: dict[str, str] | None = None,
    terms: dict[str, Iterable[str]] | None = None,
    event: str | None = None,
    events: Iterable[str] = (),
    due: Callable[[Any], int | None] | None = None,
    owner: Callable[[Any], str | None] | None = None,
    missing_name: str | None = None,
    missing_param: str = "id",
    missing_hint: str = "",
    page_fields: Iterable[str] = (),
    keeps_stub: bool = False,
    chosen_ids: bool = False,
    seals: bool = False,
    sums: Iterable[str] = (),
    includable: Iterable[str] = (),
) -> Callable[[type[R]], type[R]]:
    """Declare a noun.

    prefix: of its ids, without the underscore. path: of its collection, if it has one of its own.
    operations: which of retrieve, list, search are derived. columns, filters, search (field ->
    type string|number|token): what queries may use. terms: those of these that have terms (see
    `store.terms`), each with the values too common for one. event: the noun's name in events
    (default its kind); events: which of created, updated, deleted follow from its writes. due: the
    next second at which the document needs attention, in its own time. owner: the id (usually the
    customer's) whose bucket and clock it shares (default: its `customer`). missing_name,
    missing_param: how "No such …" names it, and missing_hint what follows the id there
    (`{livemode}`: the key's mode). page_fields: all that a page with a publishable key sees of it
    (default: everything). keeps_stub: retrieving it after deletion answers {id, object, deleted}.
    chosen_ids: ids may be chosen by the caller, so they do not begin with their time. seals: its
    private facts hold texts encrypted at rest. sums: fields whose amounts several transactions
    count on, each taking back its own part. includable: paths of what is shown on request.
    """

    def declare(cls: type[R]) -> type[R]:
        kind = str(cls.__struct_config__.tag)
        declared = tuple(columns)
        spec = ResourceSpec(
            kind=kind, cls=cls, prefix=prefix, short_id=short_id, path=path,
            operations=frozenset(operations), columns=declared, read_columns=_reader(declared),
            unique=tuple(each for each in declared if each.unique), filters=tuple(filters),
            search=search or {}, includable=tuple(includable), sums=frozenset(sums),
            terms={name: frozenset(each) for name, each in (terms or {}).items()},
            event=event or kind, events=frozenset(events), due=due, owner=owner or _customer_of,
            missing_name=missing_name or kind, missing_param=missing_param,
            missing_hint=missing_hint, page_fields=frozenset(page_fields), seals=seals,
            keeps_stub=keeps_stub, chosen_ids=chosen_ids, has_private=cls.Private is not None,
        )  # fmt: skip
        _register(spec)
        return cls

    return declare


def _register(spec: ResourceSpec) -> None:
    assert spec.kind not in REGISTRY, f"two nouns are called {spec.kind}"
    spec.cls.spec = REGISTRY[spec.kind] = spec
    BY_PREFIX.setdefault(spec.prefix, spec.kind)


def _customer_of(document: Any) -> str | None:
    return getattr(document, "customer", None)


def kind_of(document: Resource | type[Resource]) -> str:
    """Return a document's kind: the value of its `object` field."""
    return document.spec.kind


def kind_of_id(id: str) -> str | None:
    """Return the kind that an id's prefix names, or None."""
    return BY_PREFIX.get(id.rpartition("_")[0])


def include(kind: str, name: str) -> Callable[[F], F]:
    """Declare a field that appears only when it is expanded: `function(reader, document) -> value`.

    `reader` is a transaction open for reading; `document` is the plain dict about to be answered.
    """

    def declare(function: F) -> F:
        spec = REGISTRY.get(kind)
        shown = VIEWS.setdefault(kind, {}) if spec is None else spec.includes
        shown[name] = function
        return function

    return declare


def includes_of(kind: str) -> dict[str, Callable[[Any, dict[str, Any]], Any]]:
    """Return what objects of a kind show only when it is expanded, by field."""
    spec = REGISTRY.get(kind)
    return VIEWS.get(kind, {}) if spec is None else spec.includes
