"""The OpenAPI document is whole: every route is in it, and it is a valid document."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from badinput.asking import Asker
from badinput.conftest import operations
from prorata.api.openapi.document import openapi_document

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@pytest.fixture(scope="module")
def document(server: Any) -> Any:
    asker = Asker(server.url, None)
    answer = asker.ask("GET", "/_prorata/openapi.json")
    asker.close()
    assert answer.status == 200
    return answer.body


def test_every_route_is_described(document: Any) -> None:
    described = {
        f"{method.upper()} {path}" for path, methods in document["paths"].items()
        for method in methods
    }  # fmt: skip
    assert described == {each.route for each in operations()}


def test_every_operation_has_a_name_of_its_own(document: Any) -> None:
    names = [
        each["operationId"] for methods in document["paths"].values() for each in methods.values()
    ]
    assert len(names) == len(set(names))
    assert {"post_subscriptions", "get_customers_id", "post_invoices_id_pay"} <= set(names)


def test_the_document_is_read_by_other_tools(document: Any) -> None:
    schema = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        result.ok()


def test_its_schemas_are_valid_and_refer_to_each_other(document: Any) -> None:
    schemas = document["components"]["schemas"]
    jsonschema_rs.meta.validate({"$schema": DIALECT, "$defs": schemas})
    prefix = "#/components/schemas/"
    named = {each.removeprefix(prefix) for each in _references(document)}
    assert named - schemas.keys() == set()


def test_the_command_prints_the_same() -> None:
    code = "from prorata.cli.main import app; app(['openapi'])"
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert json.loads(shown.stdout) == json.loads(json.dumps(openapi_document()))


def test_the_document_is_made_when_it_is_asked_for() -> None:
    code = (
        "import sys, prorata.server.assemble;"
        "sys.exit(any(name.startswith('prorata.api.openapi') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)
