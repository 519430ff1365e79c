"""Described requests: what schemathesis makes of the API's own OpenAPI document.

A request is sent in the API's bracketed form. Ids of the shop's documents take the place of random
text where an id is meant, so that requests come further than to "No such …".
"""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import quote

import requests
import schemathesis
from hypothesis import note
from hypothesis import strategies as st

from badinput.asking import Answer, Asker, faults
from badinput.bases import base_of, filled, merged, name_of, path_of
from badinput.conftest import make_reports, operations
from badinput.parameters import places_of, tree_of
from badinput.stock import Stock
from badinput.test_references import REFERENCES
from badinput.values import NAMED, hostile, surroundings
from prorata.engine.doctor import examine
from prorata.model.api_versions import API_VERSIONS
from prorata.model.operation import Operation
from prorata.model.params import Params
from storms.expansions import paths_of

# The HTTP server reads addresses of up to 64 KB, escaped.
LONGEST_QUERY = 4_000
YEAR_SECONDS = 400 * 86_400
READ_BACK = (
    "charges", "credit_notes", "customers", "events", "invoiceitems", "invoices",
    "payment_intents", "prices", "subscription_schedules", "subscriptions",
)  # fmt: skip


class Described:
    """A running shop, and the requests that its OpenAPI document admits or forbids."""

    def __init__(self, server: Any, stock: Stock, asker: Asker) -> None:
        self.server, self.stock, self.asker = server, stock, asker
        self.document = asker.ask("GET", "/_prorata/openapi.json").body
        self.schema = schemathesis.openapi.from_dict(self.document)
        self._paths: dict[str, list[str]] = {}
        self._strategies: dict[str, Any] = {}
        self.asked = self.taken = 0

    @cached_property
    def by_route(self) -> dict[str, Operation]:
        return {each.route: each for each in operations()}

    def described(self, operation: Operation) -> Any:
        """Return schemathesis' own form of an operation."""
        return self.schema[operation.path][operation.method]

    def cases(self, operation: Operation) -> Any:
        """Return the strategy of an operation's requests."""
        if operation.route not in self._strategies:
            self._strategies[operation.route] = self.described(operation).as_strategy()
        return self._strategies[operation.route]

    def anything(self, data: st.DataObject) -> None:
        """Send one drawn request and hold its answer against the document."""
        operation = self.by_route[data.draw(st.sampled_from(list(self.by_route)))]
        if operation.route == "POST /v1/files":
            return
        case = data.draw(self.cases(operation))
        sent = case.body if operation.method == "POST" else case.query
        sent = self._with_ids(data, sent if isinstance(sent, dict) else {})
        if data.draw(st.integers(0, 3)):
            # Few beside what is known to succeed: otherwise one wrong one hides all others.
            names = data.draw(st.lists(st.sampled_from(sorted(sent)), max_size=3)) if sent else []
            sent = merged(base_of(operation, self.stock), {each: sent[each] for each in names})
        if operation.params is not None and data.draw(st.integers(0, 3)) == 0:
            sent = self._with_wrong(data, sent, operation.params)
        if self.paths(operation) and data.draw(st.integers(0, 3)) == 0:
            choices = st.sampled_from(self.paths(operation))
            sent["expand"] = data.draw(st.lists(choices, min_size=1, max_size=3))
        path = path_of(operation, self.stock, **self._variables(data, operation, case))
        if operation.method != "POST" and len(str(sent)) > LONGEST_QUERY:
            return
        older = data.draw(st.integers(0, 9)) == 0
        version = data.draw(st.sampled_from(API_VERSIONS)) if older else None
        note(f"{operation.method} {path} {sent} {version or ''}")
        self.ask(operation, path, sent, version)

    def paths(self, operation: Operation) -> list[str]:
        """Return what of an operation's answer may be expanded."""
        if operation.v2:
            return []
        if operation.route not in self._paths:
            described = self.document["paths"][operation.path][operation.method.lower()]
            self._paths[operation.route] = paths_of(self.document, described)
        return self._paths[operation.route]

    def ask(
        self, operation: Operation, path: str, tree: dict[str, Any], version: str | None = None
    ) -> Answer:
        """Send a request; fail for a 5xx and for an answer that is not of its schema.

        The schema is that of the newest version: answers in another one are not held against it.
        """
        headers = {} if version is None else {"Stripe-Version": version}
        answer = self.asker.ask(operation.method, path, tree, headers)
        self.asked += 1
        self.taken += answer.status == 200
        assert not faults(answer, wrote=False, path=path), answer.content
        if version is None:
            self.conforms(operation, answer)
        return answer

    def conforms(self, operation: Operation, answer: Answer) -> None:
        """Fail for an answer that is not as the document says."""
        asked = requests.Request(operation.method, self.server.url).prepare()
        headers = {name: [value] for name, value in answer.headers.items()}
        response = schemathesis.Response(
            answer.status, headers, answer.content, asked, elapsed=0.0, verify=True
        )
        self.described(operation).validate_response(response)

    def _variables(self, data: st.DataObject, operation: Operation, case: Any) -> dict[str, str]:
        values = {}
        for variable in operation.variables:
            choice = data.draw(st.integers(0, 9))
            ids = self.stock.of(name_of(operation, variable).partition(":")[0])
            if choice == 0:
                values[variable] = quote(str(case.path_parameters[variable]), safe="")
            elif ids and choice < 5:
                values[variable] = quote(data.draw(st.sampled_from(ids)), safe="")
        return values

    def _with_wrong(
        self, data: st.DataObject, tree: dict[str, Any], params: type[Params]
    ) -> dict[str, Any]:
        """Return a tree with one extreme or nonsensical value in it."""
        places = places_of(params)
        if not places:
            return tree
        place = data.draw(st.sampled_from(places))
        values = list(hostile(place, places))
        if not values:
            return tree
        wrong = tree_of(place.steps, data.draw(st.sampled_from(values)))
        return filled(merged(merged(tree, surroundings(place, places)), wrong), self.stock)

    def _with_ids(self, data: st.DataObject, node: Any, name: str = "") -> Any:
        """Return a tree with ids of the right noun in most places where an id is meant."""
        if isinstance(node, dict):
            return {
                str(key): self._with_ids(data, value, str(key)) for key, value in node.items()
            }
        if isinstance(node, list):
            return [self._with_ids(data, each, name) for each in node[:30]]
        kind = REFERENCES.get(name, NAMED.get(name))
        if isinstance(node, str) and isinstance(kind, str):
            ids = self.stock.of(kind.lstrip("@").partition(":")[0])
            if ids and data.draw(st.integers(0, 9)):
                return data.draw(st.sampled_from(ids))
        return node

    def hold(self, later: bool) -> None:
        """Prove that all can be read, the books balance, and (`later`) the next year can come."""
        if later:
            tree = {"to": self.server.system.clock.now() + YEAR_SECONDS}
            answer = self.asker.ask("POST", "/_prorata/clock/advance", tree)
            assert answer.status == 200, answer.content
            assert answer.body["failed"] == [], answer.content
            make_reports(self.server)
        for path in READ_BACK:
            operation = self.by_route[f"GET /v1/{path}"]
            answer = self.ask(operation, operation.path, {"limit": 100})
            assert answer.status == 200, answer.content
        problems = [
            f"{each.check} {each.id}: {each.problem}"
            for check in examine(self.server.system) for each in check.findings
        ]  # fmt: skip
        assert not problems, "\n".join(problems)
