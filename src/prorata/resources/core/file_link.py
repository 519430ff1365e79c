"""File links: addresses at which anyone can read a file, until they expire."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import no_such
from prorata.model.fields import InlineList, Metadata
from prorata.model.operation import Binary, operation
from prorata.model.params import Params, given, merge_metadata, value_or
from prorata.model.resource import Resource, column, flag, include, matches, resource, within
from prorata.model.transaction import Tx
from prorata.resources.core.file import File, content_of
from prorata.resources.products.moments import check_future
from prorata.resources.references import FileRef

SECRET_LENGTH = 32


class FileLinkPrivate(Struct, kw_only=True):
    secret: str = ""


@resource(
    prefix="link",
    path="/v1/file_links",
    columns=(
        column("expired", type="boolean"),
        column("file", index=True),
        column("secret", lambda link: link.private.secret, index=True),
    ),
    filters=(within("created"), flag("expired"), matches("file")),
    due=lambda link: None if link.expired else link.expires_at,
    missing_name="file link",
    missing_param="link",
)
class FileLink(Resource, tag="file_link", kw_only=True):
    """An address at which anyone may read a file, while it lasts."""

    Private = FileLinkPrivate

    created: int
    expired: bool = False
    expires_at: int | None = None
    file: FileRef
    livemode: bool
    metadata: Metadata = {}
    url: str | None = None


class FileLinkCreateParams(Params, kw_only=True):
    expires_at: int | UnsetType = UNSET
    file: str
    metadata: Metadata | UnsetType | None = UNSET


class FileLinkUpdateParams(Params, kw_only=True):
    expires_at: Literal["now"] | int | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


def new_link(
    tx: Tx, file: File, expires_at: int | UnsetType = UNSET, metadata: Any = UNSET,
    param: str = "expires_at",
) -> FileLink:  # fmt: skip
    """Add a link to a file."""
    if given(expires_at):
        check_future(tx, expires_at, param)
    secret = tx.secret(SECRET_LENGTH)
    mode = "live" if tx.book.livemode else "test"
    link = FileLink(
        id=tx.new_id(FileLink),
        created=tx.now,
        expires_at=value_or(expires_at, None),
        file=file.id,
        livemode=tx.book.livemode,
        metadata=merge_metadata(None, metadata),
        url=f"{tx.base_url}/links/{mode}_{secret}",
    )
    link.private = FileLinkPrivate(secret=secret)
    return tx.add(link)


@operation("POST /v1/file_links")
def create(tx: Tx, params: FileLinkCreateParams) -> FileLink:
    """Create a link to a file."""
    file = tx.get(File, params.file, param="file")
    return new_link(tx, file, params.expires_at, params.metadata)


@operation("POST /v1/file_links/{id}")
def update(tx: Tx, link: FileLink, params: FileLinkUpdateParams) -> FileLink:
    """Change when a link expires; `now` ends it, empty makes it last."""
    if params.expires_at == "now":
        link.expires_at, link.expired = tx.now, True
    elif given(params.expires_at):
        if params.expires_at is not None:
            check_future(tx, params.expires_at, "expires_at")
        link.expires_at, link.expired = params.expires_at, False
    if given(params.metadata):
        link.metadata = merge_metadata(link.metadata, params.metadata)
    return link


def linked_file(tx: Tx, secret: str) -> Binary:
    """Return the file that a link's secret opens; raise NotFound for an expired or unknown one."""
    links = tx.select(FileLink, secret=secret, limit=1)
    if not links or links[0].expired or _past(links[0], tx.now):
        raise no_such("file link", secret, param="link")
    return content_of(tx, tx.get(File, links[0].file))


def _past(link: FileLink, now: int) -> bool:
    return link.expires_at is not None and link.expires_at <= now


@include("file", "links")
def links(reader: Tx, document: dict[str, Any]) -> InlineList[FileLink]:
    """Return the links to a file, newest first."""
    found = InlineList[FileLink](
        data=reader.select(FileLink, file=document["id"]),
        url=f"/v1/file_links?file={document['id']}",
    )
    found.refresh()
    return found
