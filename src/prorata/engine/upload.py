"""Upload: a file arrives, with a link to it where one is asked for; links come to their end."""

from prorata.engine.due import handles
from prorata.model.operation import operation
from prorata.model.params import given
from prorata.model.transaction import Tx
from prorata.resources.core.file import File, FileCreateParams, new_file
from prorata.resources.core.file_link import FileLink, new_link


@operation("POST /v1/files")
def upload(tx: Tx, params: FileCreateParams) -> File:
    """Keep an uploaded file."""
    file = new_file(tx, params)
    link = params.file_link_data
    if given(link) and link.create:
        new_link(tx, file, link.expires_at, link.metadata, "file_link_data[expires_at]")
    return file


@handles("file_link")
def expire_link(tx: Tx, link: FileLink) -> None:
    """Mark a link that has expired."""
    link.expired = True
