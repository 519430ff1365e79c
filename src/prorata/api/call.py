"""Calls: an HTTP request understood: who asks for which operation, with what."""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote_plus

from prorata.api.access import Keyring, check_access, check_account, check_own, secret_of
from prorata.api.limits import Limiter
from prorata.api.routes import RouteTable
from prorata.api.v2 import PREFIX, not_json, read_parameters
from prorata.model.errors import APIError, InvalidRequest
from prorata.model.ids import bucket_of
from prorata.model.operation import Operation
from prorata.model.params import Params
from prorata.model.transaction import Book, RequestInfo
from prorata.store.books import ApiKey
from prorata.store.database import Database
from prorata.wire.asgi import media_type_of
from prorata.wire.decode import decode
from prorata.wire.encode import in_one_order
from prorata.wire.expand import take_expand
from prorata.wire.forms import parse_form, parse_json, parse_query
from prorata.wire.pagination import Page, SearchPage, take_page, take_search
from prorata.wire.stripe_cli import mended, promised
from prorata.wire.versions.chain import (
    NEWEST,
    check_version,
    counts,
    is_over,
    lenient,
    raise_params,
    raise_route,
)
from prorata.wire.versions.naming import name_as_sent

MAX_KEY_LENGTH = 255
# What says nothing of its form is one.
FORMS = frozenset({"", "application/x-www-form-urlencoded"})
MULTIPART = "multipart/form-data"
TOTAL = "total_count"
# Parameters that name a document whose test clock the call follows.
FOLLOWED = (
    "customer",
    "subscription",
    "invoice",
    "payment_intent",
    "charge",
    "from_subscription",
    "schedule",
    "payment_method",
    "credit_note",
    "setup_intent",
    "calculation",
    "original_transaction",
)


@dataclass(slots=True)
class HttpRequest:
    """What arrived, already read whole; and who asks for what, as soon as that is known."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    id: str
    key: ApiKey | None = None
    operation: Operation | None = None
    # What was sent, in one order, where it has an idempotency key.
    parameters: bytes = b""
    # The tree as it was sent and in the newest form, where these differ.
    raised: tuple[dict[str, Any], dict[str, Any]] | None = None

    @property
    def v2(self) -> bool:
        return self.path.startswith(PREFIX)

    @property
    def is_keyed(self) -> bool:
        """Whether it may have an idempotency key: what writes, below /v1 deletions excepted."""
        return self.method == "POST" or (self.method == "DELETE" and self.v2)

    @property
    def idempotency_key(self) -> str | None:
        return self.headers.get("idempotency-key") if self.is_keyed else None

    @property
    def media_type(self) -> str:
        """What its body is written in, as far as it says so."""
        return media_type_of(self.headers.get("content-type", ""))

    def name_as_sent(self, error: APIError) -> None:
        """Let an error name its parameter as the client did."""
        if self.raised is not None:
            name_as_sent(error, *self.raised)


@dataclass(slots=True)
class Call:
    """A request that may run: its operation, decoded parameters and what it wants of the answer."""

    request: HttpRequest
    operation: Operation
    values: list[str]
    params: Params | None
    key: ApiKey
    version: str
    expand: tuple[str, ...] = ()
    page: Page = field(default_factory=Page)
    search: SearchPage | None = None
    promised: str | None = None

    @property
    def book(self) -> Book:
        return self.key.book

    @property
    def for_page(self) -> bool:
        """Whether a page with a publishable key asks; the tools of development see everything."""
        return self.key.kind == "pk" and not self.operation.dev_only

    @property
    def idempotency_key(self) -> str | None:
        return self.request.idempotency_key

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def lane(self) -> int | None:
        """What it has in common with other calls about the same customer; None if it names nobody.

        It is the bucket of the document that the call is about.
        """
        named = (getattr(self.params, name, None) for name in FOLLOWED)
        ids = (id for id in (*self.values, *named) if isinstance(id, str))
        return next(map(bucket_of, ids), None)

    @property
    def info(self) -> RequestInfo:
        return RequestInfo(self.request.id, self.idempotency_key, self.version, self.promised)


class Reception:
    """Turns requests into calls, or raises the error that answers them."""

    def __init__(
        self,
        database: Database,
        routes: RouteTable,
        default_version: str | None,
        limiter: Limiter | None = None,
    ) -> None:
        self._database = database
        self._limiter = limiter
        self._routes = routes
        self._default_version = default_version or NEWEST
        self.keyring = Keyring()

    def receive(self, request: HttpRequest) -> Call:
        """Return the call that a request makes.

        Raises AuthenticationError, PermissionDenied, RateLimited, NotFound or InvalidRequest.
        """
        tree = self._tree(request)
        if request.idempotency_key:
            # Whoever writes the same parameters in another order asks for the same.
            request.parameters = in_one_order(tree)
        secret = secret_of(request.headers.get("authorization"), tree)
        key = request.key = self.key_of(secret)
        version = self._version(request)
        operation, values = self._route(request)
        request.operation = operation
        if self._limiter is not None:
            self._limiter.admit(key.book.key, operation.route)
        check_access(key, operation, request.headers.get("stripe-account"))
        check_own(key, operation, values, tree)
        if "stripe-context" in request.headers:
            check_account(key, request.headers["stripe-context"])
        agent = request.headers.get("user-agent", "")
        tree = mended(agent, operation.route, tree)
        raised = self._raised(operation, tree, request.headers.get("stripe-version"))
        if raised is not tree:
            request.raised = tree, raised
        call = Call(request, operation, values, None, key, version)
        call.promised = promised(agent, operation.route, tree)
        try:
            _decode(call, raised)
        except APIError as error:
            request.name_as_sent(error)
            raise
        idempotency_key = call.idempotency_key
        if idempotency_key is not None and len(idempotency_key) > MAX_KEY_LENGTH:
            raise InvalidRequest(
                f"Idempotency keys can be at most {MAX_KEY_LENGTH} characters long; yours has"
                f" {len(idempotency_key)}."
            )
        return call

    def key_of(self, secret: str) -> ApiKey:
        """Return what a key opens; raise AuthenticationError when it opens nothing."""
        return self.keyring.known(secret) or self._database.read(
            lambda connection: self.keyring.open(connection, secret), one_query=True
        )

    def _tree(self, request: HttpRequest) -> dict[str, Any]:
        tree = parse_query(request.query) if request.query else {}
        if request.body:
            tree.update(_body(request))
        return tree

    def _route(self, request: HttpRequest) -> tuple[Operation, list[str]]:
        sent = request.headers.get("stripe-version") or self._older_default()
        method, path = raise_route(request.method, request.path, sent)
        segments = [unquote_plus(each) for each in path.strip("/").split("/")]
        if any("\0" in each for each in segments):
            raise InvalidRequest("Ids must not contain null characters.")
        found = self._routes.find(method, segments)
        if found is None or (sent is not None and is_over(found[0].until, sent)):
            raise InvalidRequest(
                f"Unrecognized request URL ({request.method}: {request.path}). Please see"
                " https://stripe.com/docs or the routes that `prorata routes` prints.",
                status=404,
            )
        return found

    def _raised(
        self, operation: Operation, tree: dict[str, Any], sent: str | None
    ) -> dict[str, Any]:
        if sent is not None:
            return raise_params(operation.route, tree, sent)
        if default := self._older_default():
            tree = raise_params(operation.route, tree, default)
        return lenient(operation.route, tree)

    def _older_default(self) -> str | None:
        """Return what requests that name no version are taken for, None for the newest."""
        return None if self._default_version == NEWEST else self._default_version

    def _version(self, request: HttpRequest) -> str:
        sent = request.headers.get("stripe-version")
        return self._default_version if sent is None else check_version(sent)


def _body(request: HttpRequest) -> dict[str, Any]:
    """Return the tree of a body: below /v2 it is JSON, else a form."""
    for header, plain in (("Content-Encoding", "identity"), ("Transfer-Encoding", "chunked")):
        coding = request.headers.get(header.lower(), plain)
        if coding.strip().lower() not in (plain, ""):
            raise InvalidRequest(
                f"Invalid request: unsupported {header} {coding}. Send the body as it is, without"
                " compression."
            )
    kind = request.media_type
    if request.v2:
        if kind != "application/json":
            raise not_json()
        return parse_json(request.body)
    if kind == MULTIPART:
        from prorata.api.multipart import parse_multipart

        return parse_multipart(request.headers["content-type"], request.body)
    if kind not in FORMS:
        raise InvalidRequest(
            f"Invalid request: unsupported Content-Type {request.headers['content-type']}. Send the"
            " parameters as application/x-www-form-urlencoded."
        )
    return parse_form(request.body)


def _decode(call: Call, tree: dict[str, Any]) -> None:
    """Read what a tree in the newest form says into a call."""
    operation = call.operation
    if operation.v2:
        return read_parameters(call, tree)
    call.expand = take_expand(tree)
    if operation.reads and operation.path.endswith("/search"):
        call.search = take_search(tree)
    elif operation.reads and operation.lists:
        call.page = take_page(tree)
        if TOTAL in call.expand and counts(call.version):
            call.page = replace(call.page, total_count=True)
            call.expand = tuple(path for path in call.expand if path != TOTAL)
    if operation.params is not None:
        call.params = decode(operation.params, tree)
    elif tree:
        decode(Params, tree)
