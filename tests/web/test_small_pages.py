"""Small pages: the address in a browser, and links to files."""

import io
from typing import Any

import requests


def test_the_address_tells_a_person_what_is_there(server: Any) -> None:
    page = requests.get(server.url, timeout=10)
    assert page.status_code == 200
    assert server.secret_key in page.text and server.url in page.text


def test_a_file_link_opens_the_file_without_a_key_until_it_ends(server: Any, client: Any) -> None:
    content = b"%PDF-1.4 evidence"
    upload = io.BytesIO(content)
    upload.name = "evidence.pdf"
    file = client.v1.files.create({"purpose": "dispute_evidence", "file": upload})
    link = client.v1.file_links.create({"file": file.id})

    opened = requests.get(link.url, timeout=10)
    assert opened.content == content
    assert opened.headers["x-content-type-options"] == "nosniff"

    client.v1.file_links.update(link.id, {"expires_at": "now"})
    gone = requests.get(link.url, timeout=10)
    assert gone.status_code == 404 and "new one" in gone.text
    assert requests.get(link.url + "x", timeout=10).status_code == 404
