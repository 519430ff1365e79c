"""Search: queries into clauses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorata.model.errors import APIError, InvalidRequest
from prorata.wire.search import Clause, Query, next_page, page_start, parse_search

FIELDS = {"email": "string", "name": "string", "status": "token", "created": "number",
          "total": "numeric", "billing_details.address.postal_code": "token"}


def parse(text):
    return parse_search(text, FIELDS, resource="customers")


def metadata(value, key="k", negated=False):
    return Clause("metadata", ":", value, "metadata", negated, key)


@pytest.mark.parametrize(("text", "clauses"), [
    ('email:"a@b.co"', [Clause("email", ":", "a@b.co", "string")]),
    ("email : 'a@b.co'", [Clause("email", ":", "a@b.co", "string")]),
    ("-status:'open'", [Clause("status", ":", "open", "token", True)]),
    ("name~'jen'", [Clause("name", "~", "jen", "string")]),
    ("created>=1700000000", [Clause("created", ">=", 1700000000, "number")]),
    ("total<'100'", [Clause("total", "<", 100, "number")]),
    ("total:-5", [Clause("total", ":", -5, "number")]),
    ("email:null", [Clause("email", ":", None, "string")]),
    ("metadata['k']:'v'", [metadata("v")]),
    ('metadata["k"]:"v"', [metadata("v")]),
    ('metadata[ "k" ] : 12', [metadata("12")]),
    ('-metadata["k"]:null', [metadata(None, negated=True)]),
    (r'metadata["a\"b\\"]:"say \"hi\""', [metadata('say "hi"', 'a"b\\')]),
    (r"name:'O\'Hara'", [Clause("name", ":", "O'Hara", "string")]),
    ('name:"it\'s"', [Clause("name", ":", "it's", "string")]),
    ('name:"a AND b"', [Clause("name", ":", "a AND b", "string")]),
    ("billing_details.address.postal_code:'1'",
     [Clause("billing_details.address.postal_code", ":", "1", "token")]),
])
def test_a_clause(text, clauses):
    assert parse(text) == Query(tuple(clauses))


def test_clauses_are_joined():
    first = Clause("email", ":", "x", "string")
    second = metadata("organization", "customerType", negated=True)
    expected = Query((first, second))
    assert parse('email:"x" AND -metadata["customerType"]:"organization"') == expected
    assert parse('email:"x" -metadata["customerType"]:"organization"') == expected
    assert parse('email:"x" or -metadata["customerType"]:"organization" ') == Query(
        (first, second), any_of=True
    )


@pytest.mark.parametrize(("text", "reason"), [
    ("", "field's name is expected"),
    ("email", "one of the operators"),
    ("email:", "a value is expected"),
    ('email:"x', "closing quote"),
    ("email:x", "must be in quotes"),
    ("nope:'x'", "Field `nope` is an unsupported search field for resource `customers`"),
    ("(email:'x')", "parentheses are not supported"),
    ("email:'x' AND name:'y' OR status:'z'", "not with both"),
    ("email:'x' name:'y' OR status:'z'", "not with both"),
    ("email:'x' AND", "field's name is expected"),
    (" ".join(["email:'x'"] * 11), "at most 10 clauses"),
    ("name~'ab'", "at least 3 characters"),
    ("status~'open'", "only supported for text"),
    ("metadata['k']~'open'", "only supported for text"),
    ("email>'x'", "only supported for numbers"),
    ("created>'x'", "must be a number"),
    ("created>null", "can only be compared with `:`"),
    ("metadata:'x'", "searched by a key"),
    ("metadata[k]:'x'", "expected in quotes"),
    ("metadata['k':'x'", "closing bracket"),
    ("total:1e99", "must be a number"),
])
def test_what_cannot_be_searched_is_refused_with_a_reason(text, reason):
    with pytest.raises(InvalidRequest) as caught:
        parse(text)
    assert reason in caught.value.message
    assert caught.value.param == "query"


@settings(max_examples=200, deadline=None)
@given(st.text("emailnd:~><-'\"[] AO\\()1.", max_size=40))
def test_any_text_gives_clauses_or_an_error_of_the_api(text):
    try:
        assert parse(text).clauses
    except APIError as error:
        assert error.status == 400


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20), st.text(max_size=20))
def test_quoting_carries_any_text(key, value):
    def quoted(text):
        return text.replace("\\", "\\\\").replace('"', '\\"')

    assert parse(f'metadata["{quoted(key)}"]:"{quoted(value)}"') == Query((metadata(value, key),))


def test_a_page_leads_on_from_where_it_was_given():
    assert page_start(next_page("cus_1", "email:'x'"), "email:'x'") == "cus_1"
    for token in (next_page("cus_1", "other"), "nonsense", "", "é", "e30="):
        with pytest.raises(InvalidRequest) as caught:
            page_start(token, "email:'x'")
        assert caught.value.param == "page"
