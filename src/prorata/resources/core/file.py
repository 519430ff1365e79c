"""Files: evidence, icons and logos that are uploaded, and reports, kept beside the books."""

import gzip
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.errors import InvalidRequest
from prorata.model.fields import Metadata
from prorata.model.operation import Binary, operation
from prorata.model.params import Params
from prorata.model.resource import Resource, column, matches, resource, within
from prorata.model.transaction import Tx

BYTES_MAX = 5 * 1024 * 1024
ICON_BYTES_MAX = 512 * 1024
UPLOADED = (
    "account_requirement", "additional_verification", "business_icon", "business_logo",
    "customer_signature", "dispute_evidence", "identity_document", "issuing_regulatory_reporting",
    "pci_document", "platform_terms_of_service", "tax_document_user_upload",
    "terminal_android_apk", "terminal_reader_splashscreen", "terminal_wifi_certificate",
    "terminal_wifi_private_key",
)  # fmt: skip
MADE = (
    "document_provider_identity_document", "finance_report_run", "financial_account_statement",
    "identity_document_downloadable", "selfie", "sigma_scheduled_query",
)  # fmt: skip
Purpose = Literal[UPLOADED]  # type: ignore[valid-type]

# The first bytes say what a file is, whatever it is called.
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"%PDF-", "pdf"),
    (b"GIF8", "gif"),
)
MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "pdf": "application/pdf",
    "gif": "image/gif",
    "csv": "text/csv",
    "txt": "text/plain",
}


class FilePrivate(Struct, kw_only=True):
    """The file itself, sealed for its id; packed: compressed before that."""

    content: str = ""
    packed: bool = False


@resource(
    prefix="file",
    path="/v1/files",
    columns=(column("purpose"),),
    filters=(within("created"), matches("purpose", choices=UPLOADED + MADE)),
    events=("created",),
    missing_name="file upload",
    missing_param="file",
    seals=True,
)
class File(Resource, tag="file", kw_only=True):
    """A file that was uploaded, or made here."""

    Private = FilePrivate

    created: int
    expires_at: int | None = None
    filename: str | None = None
    purpose: str
    size: int
    title: str | None = None
    type: str | None = None
    url: str | None = None


class FileLinkDataParams(Params, kw_only=True):
    create: bool
    expires_at: int | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class FileCreateParams(Params, kw_only=True):
    """`file` is the part of the multipart body: {filename, type, content}."""

    file: Any
    file_link_data: FileLinkDataParams | UnsetType = UNSET
    purpose: Purpose


def new_file(tx: Tx, params: FileCreateParams) -> File:
    """Add an uploaded file; raise InvalidRequest for what is too large or no file at all."""
    part = params.file
    content = part.get("content") if isinstance(part, dict) else None
    if not isinstance(content, bytes):
        raise InvalidRequest("Send the file as a part of a multipart/form-data body.", param="file")
    branding = params.purpose in ("business_icon", "business_logo")
    most = ICON_BYTES_MAX if branding else BYTES_MAX
    if not content:
        raise InvalidRequest("The file is empty.", param="file")
    if len(content) > most:
        raise InvalidRequest(
            f"The file has {len(content)} bytes; files for {params.purpose} can have up to {most}.",
            param="file",
        )
    filename = part.get("filename") or "file"
    kind = _kind(content, filename)
    if branding and kind not in ("png", "jpg"):
        raise InvalidRequest("An icon or logo must be a PNG or JPEG image.", param="file")
    id = tx.new_id(File)
    file = File(
        id=id,
        created=tx.now,
        filename=filename,
        purpose=params.purpose,
        size=len(content),
        type=kind,
        url=f"{tx.base_url}/v1/files/{id}/contents",
    )
    file.private = FilePrivate(content=tx.seals.seal_bytes(content, id))
    return tx.add(file)


def made_file(tx: Tx, packed: bytes, *, filename: str, purpose: str, size: int) -> File:
    """Add a file that was made here; `packed` is its content, compressed by gzip.

    size: of the content as it is, in bytes.
    """
    id = tx.new_id(File)
    file = File(
        id=id,
        created=tx.now,
        filename=filename,
        purpose=purpose,
        size=size,
        type=filename.rpartition(".")[2],
        url=f"{tx.base_url}/v1/files/{id}/contents",
    )
    file.private = FilePrivate(content=tx.seals.seal_bytes(packed, id), packed=True)
    return tx.add(file)


def _kind(content: bytes, filename: str) -> str:
    for signature, kind in SIGNATURES:
        if content.startswith(signature):
            return kind
    ending = filename.rpartition(".")[2].lower()
    return ending if "." in filename and ending.isalnum() and len(ending) <= 5 else "bin"


def content_of(tx: Tx, file: File) -> Binary:
    """Return a file's content, to be sent as it is."""
    media_type = MEDIA_TYPES.get(file.type or "", "application/octet-stream")
    content = tx.seals.open_bytes(file.private.content, file.id)
    if file.private.packed:
        content = gzip.decompress(content)
    return Binary(content, media_type, file.filename)


@operation("GET /v1/files/{id}/contents")
def retrieve_contents(tx: Tx, file: File) -> Binary:
    """Return the file itself."""
    return content_of(tx, file)
