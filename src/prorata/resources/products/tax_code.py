"""Tax codes: what a product is in the eyes of a tax office; a fixed table of the common ones."""

from typing import Literal

from msgspec import Struct

from prorata.model.errors import no_such
from prorata.model.operation import Inline, operation
from prorata.model.transaction import Tx

# Products may carry any code of this form: the table is far from whole.
TAX_CODE_FORM = r"^txcd_[0-9]{8}$"


class TaxCodeRequirements(Struct, kw_only=True):
    performance_location: Literal["optional", "required"] | None = None


class TaxCode(Struct, kw_only=True):
    id: str
    object: Literal["tax_code"] = "tax_code"
    description: str
    name: str
    requirements: TaxCodeRequirements | None = None


TABLE = {
    "txcd_00000000": ("Nontaxable", "What is never taxed, wherever it is sold."),
    "txcd_10000000": (
        "General - Electronically Supplied Services",
        "A service delivered over the internet with little human work, of no narrower kind.",
    ),
    "txcd_10010001": (
        "Infrastructure as a service (IaaS) - personal use",
        "Computing power, storage and networks in the cloud, used by a person for themselves.",
    ),
    "txcd_10101000": (
        "Infrastructure as a service (IaaS) - business use",
        "Computing power, storage and networks in the cloud, used by a business.",
    ),
    "txcd_10102000": (
        "Platform as a service (PaaS) - personal use",
        "A place in the cloud to build and run programs, used by a person for themselves.",
    ),
    "txcd_10102001": (
        "Platform as a service (PaaS) - business use",
        "A place in the cloud to build and run programs, used by a business.",
    ),
    "txcd_10103000": (
        "Software as a service (SaaS) - personal use",
        "Software in the cloud, used over the internet by a person for themselves.",
    ),
    "txcd_10103001": (
        "Software as a service (SaaS) - business use",
        "Software in the cloud, used over the internet by a business.",
    ),
    "txcd_10103100": (
        "Software as a service (SaaS) - electronic download - personal use",
        "Software in the cloud with a part that is downloaded, used by a person for themselves.",
    ),
    "txcd_10103101": (
        "Software as a service (SaaS) - electronic download - business use",
        "Software in the cloud with a part that is downloaded, used by a business.",
    ),
    "txcd_10104001": (
        "Cloud-based business process as a service",
        "A whole business process that somebody else runs in the cloud.",
    ),
    "txcd_10201000": (
        "Video Games - downloaded - non subscription - with permanent rights",
        "A game as a file, bought once and kept.",
    ),
    "txcd_10202000": (
        "Downloadable Software - personal use",
        "Ready-made software that a person downloads for themselves.",
    ),
    "txcd_10202003": (
        "Downloadable Software - business use",
        "Ready-made software that a business downloads.",
    ),
    "txcd_10203000": (
        "Downloadable Software - custom - personal use",
        "Software made to order that a person downloads for themselves.",
    ),
    "txcd_10203001": (
        "Downloadable Software - custom - business use",
        "Software made to order that a business downloads.",
    ),
    "txcd_10301000": ("Audiobook", "A book that is read aloud, as a file."),
    "txcd_10302000": (
        "Digital Books - downloaded - non subscription - with permanent rights",
        "A book as a file, bought once and kept.",
    ),
    "txcd_10302001": (
        "Digital Books - downloaded - non subscription - with limited rights",
        "A book as a file, bought once and read for a limited time.",
    ),
    "txcd_10302002": (
        "Digital Books - downloaded - subscription - with conditional rights",
        "Books as files to read for as long as a subscription lasts.",
    ),
    "txcd_10302003": (
        "Digital Books - viewable only - non subscription - with limited rights",
        "A book to read on a page for a limited time.",
    ),
    "txcd_10401100": (
        "Digital Audio Works - downloaded - non subscription - with permanent rights",
        "Music or speech as a file, bought once and kept.",
    ),
    "txcd_10401200": (
        "Digital Audio Works - streamed - subscription - with conditional rights",
        "Music or speech to listen to for as long as a subscription lasts.",
    ),
    "txcd_10701100": ("Website Hosting", "Space and service for somebody's website."),
    "txcd_10502000": ("Gift Card", "What is paid now and spent later; taxed when it is spent."),
    "txcd_20030000": ("General - Services", "Work done by people, of no narrower kind."),
    "txcd_92010001": ("Shipping", "Bringing goods to a buyer."),
    "txcd_99999999": (
        "General - Tangible Goods",
        "Things that can be touched, of no narrower kind.",
    ),
}
CODES = {
    id: TaxCode(id=id, name=name, description=description)
    for id, (name, description) in TABLE.items()
}


def find_tax_code(id: str) -> TaxCode:
    """Return a code of the table; raise NotFound for any other."""
    if id not in CODES:
        raise no_such("tax code", id, param="id")
    return CODES[id]


def named_tax_code(id: str | None) -> TaxCode | None:
    """Return a code that a document names, a bare one where the table does not have it."""
    if not id:
        return None
    return CODES.get(id) or TaxCode(id=id, description="", name=id)


@operation("GET /v1/tax_codes")
def list_tax_codes(tx: Tx) -> Inline[TaxCode]:
    """List the codes of the table."""
    return Inline(list(CODES.values()))


@operation("GET /v1/tax_codes/{id}")
def retrieve(tx: Tx, id: str) -> TaxCode:
    """Return a tax code."""
    return find_tax_code(id)
