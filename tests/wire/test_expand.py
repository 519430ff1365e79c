"""Expand: ids replaced by the documents that they name."""

from typing import Annotated

import pytest
from msgspec import Struct

from prorata.model.errors import InvalidRequest
from prorata.model.fields import InlineList, Reference
from prorata.model.resource import BY_PREFIX, REGISTRY, Resource, include, resource
from prorata.wire.expand import expand, take_expand


class Leaf(Resource, tag="t_leaf"):
    name: str
    owner: Annotated[str, Reference(("t_root",))] | None = None


class Part(Struct):
    id: str
    leaf: Annotated[str, Reference(("t_leaf",))]
    object: str = "t_part"


class Settings(Struct):
    leaf: Annotated[str, Reference(("t_leaf", "t_branch"))] | None = None
    note: str | None = None


class Root(Resource, tag="t_root"):
    leaf: Annotated[str, Reference(("t_leaf",))] | None = None
    leaves: list[Annotated[str, Reference(("t_leaf",))]] = []
    settings: Settings | None = None
    parts: InlineList[Part] | None = None
    note: str | None = None


class Branch(Resource, tag="t_branch"):
    leaf: Annotated[str, Reference(("t_leaf",))] | None = None


class Books:
    """Documents in memory that count how often they are asked for."""

    def __init__(self):
        self.documents = {}
        self.queries = []
        for i in range(30):
            self.put({"object": "t_leaf", "id": f"tl_{i}", "name": str(i), "owner": "tr_1"})
        self.put({"object": "t_branch", "id": "tb_1", "leaf": "tl_9"})

    def put(self, document):
        self.documents[document["object"], document["id"]] = document

    def load_plain(self, kind, ids):
        ids = list(ids)
        self.queries.append((kind, sorted(ids)))
        return {id: self.documents[kind, id] for id in ids if (kind, id) in self.documents}


@pytest.fixture
def books():
    known = dict(REGISTRY), dict(BY_PREFIX)
    for prefix, cls in (("tl", Leaf), ("tr", Root), ("tb", Branch)):
        resource(prefix=prefix)(cls)
    include("t_root", "extra")(
        lambda reader, document: {"object": "list", "data": [{"object": "t_leaf", "id": "tl_7",
                                                              "name": "7", "owner": "tr_1"}]}
    )
    books = Books()
    books.put(root("tr_1"))
    yield books
    for register, before in zip((REGISTRY, BY_PREFIX), known, strict=True):
        register.clear()
        register.update(before)


def root(id="tr_1", count=2):
    parts = [{"object": "t_part", "id": f"p{i}", "leaf": f"tl_{i}"} for i in range(count)]
    return {
        "object": "t_root", "id": id, "leaf": "tl_1", "leaves": ["tl_2", "tl_3"], "note": "n",
        "settings": {"leaf": "tb_1", "note": None},
        "parts": {"object": "list", "data": parts, "has_more": count > 10, "url": "/p"},
    }


def test_references_anywhere_are_followed(books):
    document = root()
    expand([document], ["leaf.owner", "leaves", "settings.leaf.leaf", "parts.data.leaf"], books)
    assert document["leaf"]["name"] == "1"
    assert document["leaf"]["owner"]["id"] == "tr_1"
    assert document["leaf"]["owner"]["leaf"] == "tl_1", "only what was asked is expanded"
    assert [leaf["name"] for leaf in document["leaves"]] == ["2", "3"]
    assert document["settings"]["leaf"]["leaf"]["name"] == "9"
    assert [part["leaf"]["name"] for part in document["parts"]["data"]] == ["0", "1"]
    assert isinstance(books.documents["t_leaf", "tl_1"]["owner"], str), "the source is untouched"


def test_a_level_is_one_query_per_kind(books):
    documents = [root(f"tr_{i}") for i in range(5)]
    expand(documents, ["data.leaf.owner", "data.leaves"], books, listing=True)
    assert books.queries == [("t_leaf", ["tl_1", "tl_2", "tl_3"]), ("t_root", ["tr_1"])]


def test_only_what_is_shown_of_an_inline_list_is_loaded(books):
    owner = root("tr_1", count=25)
    books.put(owner)
    leaf = {"object": "t_leaf", "id": "tl_5", "name": "5", "owner": "tr_1"}
    expand([leaf], ["owner.parts.data.leaf"], books)
    assert len(leaf["owner"]["parts"]["data"]) == 10
    assert len(books.queries[1][1]) == 10


def test_includes_appear_and_are_entered(books):
    document = root()
    expand([document], ["extra.data.owner"], books)
    assert document["extra"]["data"][0]["owner"]["id"] == "tr_1"


def test_missing_and_empty_references_stay(books):
    document = root() | {"leaf": "tl_999", "settings": None}
    expand([document], ["leaf", "settings.leaf"], books)
    assert document["leaf"] == "tl_999" and document["settings"] is None


def test_what_is_always_shown_may_be_named(books):
    document = root()
    expand([document], ["parts", "parts.data", "extra"], books)
    assert document["parts"] == root()["parts"] and books.queries == []


def test_deleted_documents_are_their_stubs(books):
    books.put({"object": "t_leaf", "id": "tl_1", "deleted": True})
    document = root()
    expand([document], ["leaf.owner"], books)
    assert document["leaf"] == {"object": "t_leaf", "id": "tl_1", "deleted": True}


@pytest.mark.parametrize(("path", "listing", "message"), [
    ("note", False, "This property cannot be expanded (note)."),
    ("note.x", False, "This property cannot be expanded (note.x)."),
    ("settings", False, "This property cannot be expanded (settings)."),
    ("nope", False, "This property cannot be expanded because it doesn't exist: nope."),
    ("leaf.nope", False, "This property cannot be expanded because it doesn't exist: leaf.nope."),
    ("leaf", True, "This property cannot be expanded (leaf). You may want to try expanding"
                   " 'data.leaf' instead."),
    ("data.note", True, "This property cannot be expanded (data.note)."),
    ("data", True, "This property cannot be expanded (data)."),
    ("a.b.c.d.e", False, "You cannot expand more than 4 levels of a property. Property: a.b.c.d.e"),
])
def test_what_cannot_be_expanded_is_refused(books, path, listing, message):
    with pytest.raises(InvalidRequest) as caught:
        expand([root()], [path], books, listing=listing)
    assert caught.value.message == message
    too_deep = "property_expansion_max_depth" if "levels" in message else None
    assert (caught.value.code, caught.value.param) == (too_deep, None)


def test_an_empty_list_can_be_expanded(books):
    expand([], ["data.leaf"], books, cls=Root, listing=True)
    with pytest.raises(InvalidRequest):
        expand([], ["data.note"], books, cls=Root, listing=True)


def test_the_parameter_is_a_list_of_paths():
    assert take_expand({"expand": ["a", "b", "a"]}) == ("a", "b")
    assert take_expand({}) == ()
    with pytest.raises(InvalidRequest, match="Invalid array"):
        take_expand({"expand": "a"})
