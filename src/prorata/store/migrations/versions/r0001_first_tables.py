"""0001: the first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Ids and the texts that queries compare sort by their bytes.
ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": TEXT,
    "integer": sa.BigInteger(),
    "boolean": sa.SmallInteger(),
}

# Kind -> the columns of its own ("name type", then "indexed", "unique" or "but:" and the
# value that its index leaves out); "due": it has a queue,
# "created": its ids do not begin with their time.
DOCUMENTS: dict[str, tuple[str, ...]] = {
    "account": (),
    "balance_transaction": (
        "source text indexed",
        "type text",
        "currency text",
        "status text",
        "net integer",
        "payout text",
        "due",
    ),
    "billing_alert": ("alert_type text", "status text", "meter text indexed"),
    "billing_credit_balance_transaction": ("customer text indexed", "credit_grant text indexed"),
    "billing_credit_grant": ("customer text indexed", "usable_for text indexed", "due"),
    "billing_feedback_option": ("status text",),
    "billing_meter": ("status text", "event_name text indexed", "counting text unique"),
    "billing_portal_configuration": (
        "active boolean",
        "is_default boolean indexed",
        "login_key text indexed",
    ),
    "billing_portal_session": ("customer text indexed", "secret text indexed"),
    "charge": (
        "customer text indexed",
        "payment_intent text indexed",
        "status text",
        "currency text",
        "amount integer",
        "transfer_group text",
    ),
    "checkout_session": (
        "customer text indexed", "status text", "payment_intent text indexed",
        "subscription text indexed", "payment_link text indexed", "email text indexed",
        "recovery text unique", "created", "due",
    ),
    "confirmation_token": (),
    "coupon": ("hidden boolean", "created", "due"),
    "credit_note": ("customer text indexed", "invoice text indexed", "status text"),
    "customer": ("email text indexed", "name text", "phone text", "invoice_prefix text unique"),
    "customer_balance_transaction": ("customer text indexed", "invoice text indexed"),
    "customer_cash_balance_transaction": ("customer text indexed",),
    "discount": ("customer text indexed", "subscription text indexed", "coupon text", "due"),
    "dispute": ("charge text indexed", "payment_intent text indexed", "status text", "due"),
    "entitlements_active_entitlement": (
        "customer text indexed",
        "claim text unique",
        "word text indexed",
    ),
    "entitlements_feature": ("active boolean", "lookup_key text indexed", "key_in_use text unique"),
    "file": ("purpose text",),
    "file_link": ("expired boolean", "file text indexed", "secret text indexed", "due"),
    "invoice": (
        "customer text indexed",
        "subscription text indexed",
        "status text but:paid",
        "collection_method text",
        "due_date integer",
        "period_key text unique",
        "number text indexed",
        "due",
    ),
    "invoice_payment": (
        "invoice text indexed",
        "payment_intent text indexed",
        "payment_record text",
        "is_default boolean",
        "status text",
    ),
    "invoice_rendering_template": ("status text",),
    "invoiceitem": (
        "customer text indexed",
        "invoice text indexed",
        "pending boolean",
        "pending_for text indexed",
        "subscription text indexed",
    ),
    "kept_customer_session": ("due",),
    "mandate": ("payment_method text indexed", "status text"),
    "payment_attempt": ("payment_intent text indexed", "state text", "due"),
    "payment_intent": (
        "customer text indexed",
        "status text",
        "currency text",
        "amount integer",
        "due",
    ),
    "payment_link": ("active boolean", "token text unique"),
    "payment_method": (
        "customer text indexed",
        "type text",
        "allow_redisplay text",
        "fingerprint text",
    ),
    "payment_record": (),
    "price": (
        "active boolean",
        "currency text",
        "lookup_key text unique",
        "product text indexed",
        "type text",
        "recurring_interval text",
        "recurring_usage_type text",
        "recurring_meter text",
        "hidden boolean",
        "created",
    ),
    "product": ("active boolean", "shippable boolean", "type text", "url text", "created"),
    "product_feature": ("product text indexed", "feature text indexed", "place text unique"),
    "promotion_code": (
        "active boolean",
        "code text indexed",
        "coupon text indexed",
        "customer text",
        "claim text unique",
        "due",
    ),
    "radar_early_fraud_warning": ("charge text indexed", "payment_intent text indexed"),
    "prorata_mail": (
        "about text indexed",
        "customer text indexed",
        "kind text",
        "state text",
        "once text unique",
        "waits integer indexed",
        "due",
    ),
    "prorata_mail_refusal": ("address text unique",),
    "prorata_quota": ("product text indexed", "feature text indexed", "place text unique"),
    "prorata_usage_billing": (
        "customer text indexed",
        "subscription text indexed",
        "late_for text indexed",
    ),
    "prorata_cross_sell": ("product text unique", "price text"),
    "prorata_pricing_table": ("active boolean",),
    "prorata_upsell": ("price text unique", "target text"),
    "prorata_usage_watch": ("customer text indexed", "place text unique", "due"),
    "quote": ("customer text indexed", "status text", "number text unique", "due"),
    "refund": (
        "customer text",
        "charge text indexed",
        "payment_intent text indexed",
        "status text",
        "due",
    ),
    "setup_attempt": ("setup_intent text indexed",),
    "setup_intent": (
        "customer text indexed",
        "payment_method text",
        "status text",
        "attach_to_self boolean",
        "due",
    ),
    "shipping_rate": ("active boolean", "currency text"),
    "subscription": (
        "customer text indexed",
        "status text but:active",
        "collection_method text",
        "period_start integer",
        "period_end integer",
        "taxed boolean",
        "test_clock text",
        "latest_invoice text",
        "due",
    ),
    "subscription_item_home": ("subscription text indexed", "price text indexed"),
    "subscription_schedule": (
        "customer text indexed",
        "subscription text indexed",
        "status text",
        "canceled_at integer",
        "completed_at integer",
        "released_at integer",
        "due",
    ),
    "tax_calculation": (),
    "tax_id": ("customer text indexed", "due"),
    "tax_location": ("type text",),
    "tax_rate": (
        "active boolean",
        "inclusive boolean",
        "automatic text indexed",
        "levy text unique",
    ),
    "tax_registration": ("status text indexed", "due"),
    "tax_transaction": (
        "reference text unique",
        "original text indexed",
        "calculation text unique",
    ),
    "test_helpers_test_clock": ("due",),
    "token": (),
    "v2_core_event_destination": ("status text",),
    "webhook_endpoint": ("status text",),
}


def upgrade() -> None:
    """Create every table."""
    for kind, columns in DOCUMENTS.items():
        create_documents(kind, columns)
    create_accounts()
    create_events()
    create_bookkeeping()
    create_terms()


def create_documents(kind: str, columns: tuple[str, ...]) -> None:
    """Create the table of a kind: its key, the plumbing, its own columns, its text."""
    name = f"doc_{kind}"
    own = [column.split() for column in columns if " " in column]
    op.create_table(
        name,
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", ID, primary_key=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("bucket", sa.SmallInteger(), nullable=False),
        sa.Column("clock", ID),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("deleted", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        *(sa.Column(column, TYPES[type]) for column, type, *_ in own),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("private", sa.Text()),
    )
    for column, _, *mark in own:
        if mark == ["indexed"]:
            op.create_index(f"i_{name}_{column}", name, ["book", column, "id"])
        elif mark == ["unique"]:
            op.create_index(f"u_{name}_{column}", name, ["book", column], unique=True)
        elif mark:
            others = only(f"{column} <> '{mark[0].removeprefix('but:')}'")
            op.create_index(f"i_{name}_{column}", name, ["book", column, "id"], **others)
    if "created" in columns:
        op.create_index(f"i_{name}_created", name, ["book", "created", "id"])
    if "due" in columns:
        due = ["clock", "due_at", "bucket"]
        op.create_index(f"i_{name}_due", name, due, **only("due_at IS NOT NULL"))


def only(condition: str) -> dict[str, Any]:
    """Return the options of an index over those rows alone that meet a condition."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def create_accounts() -> None:
    """Create what says who may ask, and what they were answered."""
    op.create_table(
        "api_key",
        sa.Column("id", ID, primary_key=True),
        sa.Column("digest", sa.String(), nullable=False, unique=True),
        sa.Column("book", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("name", sa.String()),
        sa.Column("permissions", sa.Text()),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("revoked_at", sa.BigInteger()),
    )
    op.create_table(
        "book",
        sa.Column("key", sa.Integer(), primary_key=True),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("livemode", sa.SmallInteger(), nullable=False),
    )
    op.create_index("u_book_account", "book", ["account", "livemode"], unique=True)
    op.create_table(
        "idempotency",
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("key", ID, primary_key=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("request", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("body", sa.Text()),
        sa.Column("result", sa.String()),
    )


def create_events() -> None:
    """Create what tells of changes, and the way back through them."""
    op.create_table(
        "event",
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", ID, primary_key=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Text()),
        sa.Column("payload", sa.Text()),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("clock", ID),
        sa.Column("request", sa.String()),
        sa.Column("idempotency_key", sa.String()),
    )
    op.create_table(
        "history",
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("object_id", ID, primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("patch", sa.Text(), nullable=False),
    )
    op.create_table(
        "delivery",
        sa.Column("event", ID, primary_key=True),
        sa.Column("endpoint", ID, primary_key=True),
        sa.Column("book", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("next_attempt_at", sa.BigInteger()),
        sa.Column("leased_until", sa.BigInteger()),
        sa.Column("delivered_at", sa.BigInteger()),
        sa.Column("status", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("object", ID),
        sa.Column("turn", sa.BigInteger()),
    )
    op.create_index(
        "i_delivery_turn",
        "delivery",
        ["endpoint", "object", "turn"],
        **only("next_attempt_at IS NOT NULL AND object IS NOT NULL"),
    )
    op.create_index(
        "i_delivery_next",
        "delivery",
        ["endpoint", "next_attempt_at"],
        **only("next_attempt_at IS NOT NULL"),
    )
    op.create_table(
        "held_events",
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("attempt", ID, primary_key=True),
        sa.Column("payload", sa.Text(), nullable=False),
    )


def create_terms() -> None:
    """Create the index of the values that are searched for."""
    op.create_table(
        "search_term",
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("term", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("id", ID, primary_key=True),
        sqlite_with_rowid=False,
    )


def create_bookkeeping() -> None:
    """Create the ledger and what waits for help."""
    op.create_table(
        "ledger",
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", ID, primary_key=True),
        sa.Column("line", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("customer", sa.String()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", ID, nullable=False),
        sa.Column("memo", sa.String(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("i_ledger_object", "ledger", ["book", "object_id"])
    op.create_table(
        "set_aside",
        sa.Column("book", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
    )
