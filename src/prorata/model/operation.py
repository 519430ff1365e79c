"""Operations: functions bound to a route, and the register that the API dispatches by."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from prorata.model.pages import Excerpt, Page
from prorata.model.params import Params
from prorata.model.resource import Resource

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Operation:
    """One route: what it takes, which function answers it, and who may call it."""

    method: str
    path: str
    function: Callable[..., Any]
    target: type[Resource] | None
    params: type[Params] | None
    variables: tuple[str, ...]
    publishable: bool = False
    dev_only: bool = False
    lists: bool = False
    missing_param: str | None = None
    confidential: bool = False
    # The version that no longer has it.
    until: str | None = None
    # Whether it answers stored documents as they are.
    retrieves: bool = False
    # Whether the function is told which page is asked for.
    paged: bool = False
    # Whether it is the key of a session that opens it, and no other.
    session: bool = False
    # Whether its answer depends on no test clock's time, and needs not be of one moment.
    timeless: bool = False
    # What is answered of the document that it returns, where that is not the document itself.
    view: Callable[..., Any] | None = None
    # Whether requests and answers are written in the way of /v2.
    v2: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "v2", self.path.startswith("/v2/"))

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def reads(self) -> bool:
        return self.method == "GET"

    @property
    def name(self) -> str:
        return f"{self.function.__module__.removeprefix('prorata.')}.{self.function.__name__}"


OPERATIONS: dict[str, Operation] = {}


def operation(
    route: str,
    *,
    publishable: bool = False,
    dev_only: bool = False,
    missing_param: str | None = None,
    confidential: bool = False,
    until: str | None = None,
    session: bool = False,
    timeless: bool = False,
    view: Callable[..., Any] | None = None,
) -> Callable[[F], F]:
    """Bind a function to a route such as "POST /v1/invoices/{id}/pay".

    The function takes the transaction first; then, if annotated with a Resource, the document that
    `{id}` names; then, if annotated with Params, the decoded parameters; then, if annotated with
    Page, which page below /v2 is asked for; any other argument is the path's variable of that name.
    It returns a document, a `Listing`, an `Inline`, an `Excerpt`, a `Deleted`, a `Binary` or a
    plain struct. A GET runs in a read-only transaction. publishable: publishable keys may call it.
    missing_param: how a 404 names `{id}` where it differs from the noun's way. confidential: its
    answer holds a secret that is shown once, and is kept encrypted. until: only requests of
    versions before this one, or of none, find it. session: only the key of a session opens it.
    timeless: a GET whose answer depends on no time, so that no test clock is looked for, and whose
    reads need not be of one moment.
    """

    def bind(function: F) -> F:
        method, _, path = route.partition(" ")
        target, params, lists, paged = _annotations(function)
        OPERATIONS[route] = Operation(
            method=method,
            path=path,
            function=function,
            target=target,
            params=params,
            variables=tuple(re.findall(r"{(\w+)}", path)),
            publishable=publishable,
            dev_only=dev_only,
            lists=lists,
            missing_param=missing_param,
            confidential=confidential,
            until=until,
            paged=paged,
            session=session,
            timeless=timeless,
            view=view,
        )
        return function

    return bind


def _annotations(
    function: Callable[..., Any],
) -> tuple[type[Resource] | None, type[Params] | None, bool, bool]:
    hints = get_type_hints(function)
    target = params = None
    paged = False
    for name in inspect.signature(function).parameters:
        hint = hints.get(name)
        if not isinstance(hint, type):
            continue
        if issubclass(hint, Resource):
            target = hint
        elif issubclass(hint, Params):
            params = hint
        elif hint is Page:
            paged = True
    answer = hints.get("return")
    pages = (Listing, Inline, Excerpt)
    lists = any(get_origin(each) in pages for each in (answer, *get_args(answer)))
    return target, params, lists, paged


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """An answer that is a page of stored documents; the dispatcher reads limit and cursors.

    The type says what is listed: the noun itself, or what `shape` makes of it.
    columns: values to match (a list or tuple: any of them). ranges: column -> Range.
    hidden_clocks: leave out what hangs on a test clock. names: column -> what a request calls it,
    where that is not its own name.
    """

    cls: type[Resource]
    columns: dict[str, Any] = field(default_factory=dict)
    ranges: dict[str, Any] = field(default_factory=dict)
    oldest_first: bool = False
    hidden_clocks: bool = False
    url: str | None = None
    shape: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inline(Generic[T]):
    """An answer that is a page of values that a document holds (lines, items), in their order."""

    items: list[Any]
    url: str | None = None
    total_count: bool = False


@dataclass(frozen=True, slots=True)
class Searching:
    """An answer that is a page of search results; the dispatcher reads query, limit and page."""

    cls: type[Resource]


@dataclass(frozen=True, slots=True)
class Deleted:
    """The answer to a deletion."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer that is one stored document, as the bytes in which it is kept."""

    cls: type[Resource]
    form: bytes


@dataclass(frozen=True, slots=True)
class Binary:
    """An answer that is bytes of some media type (a file, a PDF)."""

    content: bytes
    media_type: str
    filename: str | None = None


Freshener = Callable[[Any, Any], bool]
# By kind: a text that documents have which may be out of date, and what brings them up to date.
FRESHENERS: dict[str, tuple[str, Freshener]] = {}


def freshens(kind: str, mark: str) -> Callable[[Freshener], Freshener]:
    """Register what brings a document up to date that is only shown: `freshener(tx, document)`.

    It returns whether anything changed; nothing is written. mark: a text in the stored form of all
    documents that it is for, so that others are answered as they are stored.
    """

    def register(freshener: Freshener) -> Freshener:
        FRESHENERS[kind] = (mark, freshener)
        return freshener

    return register


def freshened(tx: Any, document: Resource) -> None:
    """Bring a document up to date that is only shown."""
    if document.spec.kind in FRESHENERS:
        FRESHENERS[document.spec.kind][1](tx, document)
