"""Search: the query language of search endpoints, read into clauses that the store can compile.

`email:"x" AND -metadata["k"]:'v'`: clauses joined all by AND (or a space) or all by OR, without
parentheses; `-` negates; `:` is equality, `~` part of a text, `> < >= <=` compare numbers, and
`field:null` asks whether a value is absent.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NoReturn

import msgspec

from prorata.model.errors import InvalidRequest
from prorata.wire.scalars import LARGEST_INTEGER

MAX_CLAUSES = 10
SHORTEST_PART = 3
Operator = Literal[":", "~", ">", "<", ">=", "<="]
FieldType = Literal["string", "token", "number", "metadata"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition.

    key: the metadata key when the field is metadata. value: None asks for absence; a number where
    `type` is number, else text. Text compares without regard to case, except for tokens.
    """

    field: str
    operator: Operator
    value: str | int | Decimal | None
    type: FieldType
    negated: bool = False
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Clauses of which all must hold, or, when `any_of`, at least one."""

    clauses: tuple[Clause, ...]
    any_of: bool = False


_SPACE = re.compile(r"\s*")
_JOINER = re.compile(r"(AND|OR)(?=[\s\-]|$)", re.IGNORECASE)
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*")
_OPERATOR = re.compile(r">=|<=|[:~><]")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'', re.DOTALL)
_BARE = re.compile(r"[^\s()\"']+")
_NUMBER = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,12})?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def parse_search(text: str, fields: Mapping[str, str], *, resource: str) -> Query:
    """Return a query's clauses; raise InvalidRequest for what the resource cannot be asked.

    fields: the searchable fields and their types (string, token, number); metadata always is.
    resource: the noun in the plural, for the error's sentence.
    """
    reader = _Reader(text, fields, resource)
    clauses = [reader.clause()]
    joiner: str | None = None
    while not reader.at_end():
        word = reader.joiner() or "AND"
        if joiner is not None and word != joiner:
            raise InvalidRequest(
                "A search query can join its clauses with AND or with OR, but not with both.",
                param="query",
            )
        joiner = word
        clauses.append(reader.clause())
        if len(clauses) > MAX_CLAUSES:
            raise InvalidRequest(
                f"A search query can have at most {MAX_CLAUSES} clauses.", param="query"
            )
    return Query(tuple(clauses), joiner == "OR")


class _Reader:
    """The text of a query and how far it has been read."""

    def __init__(self, text: str, fields: Mapping[str, str], resource: str) -> None:
        self.text = text
        self.fields = fields
        self.resource = resource
        self.place = 0

    def at_end(self) -> bool:
        self._skip()
        return self.place >= len(self.text)

    def joiner(self) -> str | None:
        found = self._take(_JOINER)
        return found.upper() if found else None

    def clause(self) -> Clause:
        self._skip()
        negated = self.text.startswith("-", self.place)
        self.place += negated
        start = self.place
        field = self._take(_FIELD)
        if field is None:
            self._fail("a field's name is expected")
        key = self._key() if field == "metadata" else None
        kind = self._type_of(field)
        name = self.text[start : self.place]
        self._skip()
        operator = self._take(_OPERATOR)
        if operator is None:
            self._fail(f"one of the operators : ~ > < >= <= is expected after `{name}`")
        self._skip()
        value = self._value(name, kind, operator)  # type: ignore[arg-type]
        return Clause(field, operator, value, kind, negated, key)  # type: ignore[arg-type]

    def _type_of(self, field: str) -> FieldType:
        if field == "metadata":
            return "metadata"
        kind = self.fields.get(field)
        if kind is None:
            raise InvalidRequest(
                f"Field `{field}` is an unsupported search field for resource `{self.resource}`."
                f" Supported fields are: {', '.join(sorted({*self.fields, 'metadata'}))}.",
                param="query",
            )
        if kind in ("number", "numeric"):
            return "number"
        return "string" if kind == "string" else "token"

    def _key(self) -> str:
        self._skip()
        if not self.text.startswith("[", self.place):
            self._fail('metadata is searched by a key, as in metadata["key"]:"value"')
        self.place += 1
        self._skip()
        key = self._quoted()
        if key is None:
            self._fail('the key of metadata is expected in quotes, as in metadata["key"]')
        self._skip()
        if not self.text.startswith("]", self.place):
            self._fail("the closing bracket of the metadata key is expected")
        self.place += 1
        return key

    def _value(self, name: str, kind: FieldType, operator: Operator) -> str | int | Decimal | None:
        quoted = self._quoted()
        bare = self._take(_BARE) if quoted is None else None
        if quoted is None and bare is None:
            self._fail(f"a value is expected after `{name}{operator}`")
        if quoted is None and bare is not None and bare.lower() == "null":
            if operator != ":":
                self._refuse(f"`null` can only be compared with `:`, as in {name}:null")
            return None
        if operator == "~":
            if kind != "string":
                self._refuse(f"the operator ~ is only supported for text, which `{name}` is not")
            if quoted is not None and len(quoted) < SHORTEST_PART:
                self._refuse(f"a part of a text needs at least {SHORTEST_PART} characters")
        elif operator != ":" and kind != "number":
            self._refuse(f"the operator {operator} is only supported for numbers,"
                         f" which `{name}` is not")
        if kind == "number":
            return self._number(name, quoted if quoted is not None else bare or "")
        if quoted is None:
            if bare is not None and _NUMBER.fullmatch(bare):
                return bare
            self._refuse(f"the value of `{name}` must be in quotes, as in {name}:\"{bare}\"")
        return quoted

    def _number(self, name: str, text: str) -> int | Decimal:
        number = Decimal(text) if _NUMBER.fullmatch(text) else None
        if number is None or abs(number) > LARGEST_INTEGER:
            self._refuse(f"the value of `{name}` must be a number")
        return int(number) if number == number.to_integral_value() else number

    def _quoted(self) -> str | None:
        match = _QUOTED.match(self.text, self.place)
        if match is None:
            if self.text[self.place : self.place + 1] in ('"', "'"):
                self._fail("the closing quote is missing")
            return None
        self.place = match.end()
        return _ESCAPE.sub(r"\1", match[1] if match[1] is not None else match[2])

    def _skip(self) -> None:
        space = _SPACE.match(self.text, self.place)
        assert space is not None, "no space is a space too"
        self.place = space.end()

    def _take(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self.text, self.place)
        if match is None:
            return None
        self.place = match.end()
        return match[0]

    def _fail(self, reason: str) -> NoReturn:
        rest = self.text[self.place : self.place + 30]
        where = f"at character {self.place + 1} (`{rest}`)" if rest else "at the end"
        if rest[:1] in ("(", ")"):
            reason = "parentheses are not supported"
        raise InvalidRequest(
            f"The search query could not be read {where}: {reason}.", param="query"
        )

    def _refuse(self, reason: str) -> NoReturn:
        raise InvalidRequest(f"The search query is not supported: {reason}.", param="query")


def next_page(last_id: str, query: str) -> str:
    """Return the token of the page that follows a document in the answers to a query."""
    return base64.urlsafe_b64encode(msgspec.json.encode([last_id, _mark(query)])).decode()


def page_start(token: str, query: str) -> str:
    """Return the id after which a page begins; raise InvalidRequest for another query's token."""
    try:
        last_id, mark = msgspec.json.decode(
            base64.urlsafe_b64decode(token.encode()), type=tuple[str, str]
        )
        if "\0" in last_id:
            # No answer gave it, and a database takes no text with a NUL.
            raise ValueError
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise InvalidRequest(
            "The page is not one that a search has answered as its next_page.", param="page"
        ) from None
    if mark != _mark(query):
        raise InvalidRequest(
            "The page belongs to another search: send it with the query that it came from.",
            param="page",
        )
    return last_id


def _mark(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()[:12]
