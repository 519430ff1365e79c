"""Permissions: what each route asks of a restricted key, and how such keys name what they may.

A permission is a resource and a level, `customer_read` or `customer_write`; to write includes to
read. What is nested belongs to the resource that it shows or changes.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from prorata.api.derived import all_operations
from prorata.model.errors import PermissionDenied, Refused
from prorata.model.operation import Operation
from prorata.model.resource import REGISTRY, Resource
from prorata.store.books import EPHEMERAL, ApiKey

LEVELS = ("read", "write")
# Where the API's name of the permission is not the path's own in the singular.
RESOURCES = {
    "_prorata/challenge": "payment_intent",
    "accounts": "account",
    "balance": "balance",
    "billing/meter_event_session": "billing_meter_event",
    "billing/meter_event_stream": "billing_meter_event",
    "billing_portal/configurations": "customer_portal",
    "billing_portal/sessions": "customer_portal",
    "core/event_destinations": "event_destination",
    "core/events": "event",
    "credit_notes/preview": "credit_note",
    "entitlements/active_entitlements": "entitlement",
    "entitlements/features": "entitlement",
    "invoice_payments": "invoice",
    "invoice_rendering_templates": "invoice",
    "invoiceitems": "invoice",
    "mandates": "payment_method",
    "payment_pages": "checkout_session",
    "prices": "plan",
    "prorata/accounting_periods": "accounting_period",
    "prorata/cross_sells": "product",
    "prorata/entitlements": "entitlement",
    "prorata/invoice_rendering_templates": "invoice",
    "prorata/invoices": "invoice",
    "prorata/mails": "customer",
    "prorata/meters": "billing_meter",
    "prorata/payment_methods": "payment_method",
    "prorata/pricing_tables": "payment_link",
    "prorata/quotas": "product",
    "prorata/recovery": "invoice",
    "prorata/reports": "report",
    "prorata/settings": "account",
    "prorata/tokens": "token",
    "prorata/upsells": "product",
    "prorata/usage_balance": "billing_meter",
    "prorata/usage_billings": "billing_meter",
    "prorata/tax_registrations": "tax_registration",
    "radar/early_fraud_warnings": "charge",
    "refunds": "charge",
    "setup_attempts": "setup_intent",
    "subscription_items": "subscription",
    "subscription_schedules": "subscription",
    "test_helpers/customers": "customer",
    "test_helpers/refunds": "charge",
    "test_helpers/test_clocks": "billing_clock",
    "webhook_endpoints": "webhook",
}
NESTED = {
    "customer/entitlements": "entitlement",
    "customers/payment_methods": "payment_method",
    "customers/sources": "source",
    "customers/subscriptions": "subscription",
    "customers/tax_ids": "tax_id",
}
# What an ephemeral key opens of its customer.
OF_CUSTOMERS = frozenset({"customer", "payment_method"})
# What a page sees whole of what it may see the names of: what it pays with.
OF_PAGES = frozenset({"payment_method"})
# POST, and yet nothing is changed.
READS = frozenset({"POST /v1/invoices/create_preview"})
ALL = "all"


@cache
def needed(operation: Operation) -> str:
    """Return the permission that an operation asks for, such as `customer_write`."""
    level = "read" if operation.reads or operation.route in READS else "write"
    return f"{resource_of(operation.path)}_{level}"


def resource_of(path: str) -> str:
    """Return the resource that a route belongs to: `/v1/refunds/{id}` -> `charge`."""
    fixed = [each for each in _below_version(path) if each[0] != "{"]
    nested = NESTED.get("/".join(fixed[:2]))
    if nested is not None:
        return nested
    for length in (2, 1):
        found = RESOURCES.get("/".join(fixed[:length]))
        if found is not None:
            return found
    parts = fixed[:2] if _is_namespace(fixed[0]) else fixed[:1]
    return "_".join([*parts[:-1], _singular(parts[-1])])


def _below_version(path: str) -> list[str]:
    """Return the segments of a route's path after `/v1` or `/v2`."""
    return path.removeprefix("/v1").removeprefix("/v2").strip("/").split("/")


def _is_namespace(segment: str) -> bool:
    return segment in {
        "_prorata", "apple_pay", "apps", "billing", "billing_portal", "checkout", "climate", "core",
        "entitlements", "financial_connections", "forwarding", "identity", "issuing", "prorata",
        "radar", "reporting", "sigma", "tax", "terminal", "test_helpers", "three_d_secure",
        "treasury",
    }  # fmt: skip


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def all_resources() -> dict[str, set[str]]:
    """Return every resource with the names by which `granted` knows it: its own and its paths."""
    found: dict[str, set[str]] = {}
    for operation in all_operations():
        fixed = _below_version(operation.path)
        resource = resource_of(operation.path)
        names = found.setdefault(resource, {resource})
        if _is_namespace(fixed[0]):
            names.add("/".join(fixed[:2]))
        elif resource_of(f"/v1/{fixed[0]}") == resource:
            names.add(fixed[0])
        else:
            # Known by its place below another one, such as a customer's tax ids.
            names.update(fixed[2:3])
    return found


def granted(wanted: Iterable[str]) -> frozenset[str]:
    """Return the permissions that words such as `customers:write` name; to write is to read too.

    A word is a resource or its path, or `all`, with `:none`, `:read` or `:write`; what comes later
    counts. Raises Refused with the names there are.
    """
    resources = all_resources()
    known = {name: resource for resource, names in resources.items() for name in names}
    levels: dict[str, str] = {}
    for word in wanted:
        name, _, level = word.strip().partition(":")
        if not level:
            name, _, level = name.removeprefix("rak_").rpartition("_")
        if level not in (*LEVELS, "none"):
            raise Refused(f"{word} is not RESOURCE:read, RESOURCE:write or RESOURCE:none.")
        if name != ALL and name not in known:
            raise Refused(
                f"no resource is called {name}. There are {', '.join(sorted(resources))}."
            )
        for each in resources if name == ALL else (known[name],):
            levels[each] = level
    return expanded(f"{name}_{level}" for name, level in levels.items() if level != "none")


def expanded(permissions: Iterable[str]) -> frozenset[str]:
    """Return permissions with the readings that the writings among them include."""
    found = set(permissions)
    found.update(
        f"{each.removesuffix('_write')}_read" for each in tuple(found) if each.endswith("_write")
    )
    return frozenset(found)


def denied(key: ApiKey, permission: str) -> PermissionDenied:
    """Return the error of a restricted key that lacks a permission."""
    return PermissionDenied(
        f"The provided key '{key.shown}' does not have the required permissions for this endpoint"
        f" on account '{key.book.account}'. Having the 'rak_{permission}' permission would allow"
        " this request to continue."
    )


class Permitted:
    """A transaction as a restricted key or a page may read it: what it expands, it may read."""

    def __init__(self, reader: Any, key: ApiKey) -> None:
        self._reader = reader
        self._key = key

    def load_plain(self, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return documents by id; raise PermissionDenied for a kind that the key may not read."""
        self.may_read(kind)
        loaded: dict[str, dict[str, Any]] = self._reader.load_plain(kind, ids)
        return loaded

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._reader, name)
        if name not in ("get", "find", "load", "select", "count"):
            return found

        def checked(cls: type[Resource], *arguments: Any, **more: Any) -> Any:
            self.may_read(cls.spec.kind)
            return found(cls, *arguments, **more)

        return checked

    def may_read(self, kind: str) -> None:
        """Raise PermissionDenied for a kind that the key may not read."""
        if kind not in REGISTRY:
            return
        if self._key.kind == "pk" and kind not in OF_PAGES:
            raise PermissionDenied(
                f"What this property expands to (`{kind}`) cannot be read with a publishable API"
                " key. Please use a secret API key on your server.",
                code="secret_key_required",
            )
        path = REGISTRY[kind].path
        if path is None or self._key.permissions is None:
            return
        if self._key.kind == EPHEMERAL and kind in OF_CUSTOMERS:
            # Whose they are was looked at: nothing of anybody else is expanded there.
            return
        permission = f"{resource_of(path)}_read"
        if permission not in self._key.permissions:
            raise denied(self._key, permission)
