"""News: disputes that are opened, and refunds that fail, long after their outcome was written."""

import re
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from prorata.engine.payments.ask import NO_SENSE, Answer, ask
from prorata.engine.payments.intent_hooks import intent_disputed
from prorata.engine.payments.open_dispute import open_disputes, write_fact
from prorata.engine.payments.refunded import apply_refund
from prorata.engine.runtime import System
from prorata.gateways.news import TellsNews
from prorata.gateways.outcomes import DisputeFact
from prorata.gateways.protocol import GatewayTimeout
from prorata.model.transaction import Book, Tx
from prorata.resources.payments.charge import Charge
from prorata.resources.payments.dispute import CLOSED, Dispute
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.refund import Refund
from prorata.store.books import all_books
from prorata.store.connection import is_outage
from prorata.store.unit_of_work import UnitOfWork

# Attempts that are read and asked about together.
PART = 100
log = structlog.get_logger("prorata.engine")


def hear_news(
    system: System, since: int, stopping: Callable[[], bool] = lambda: False
) -> bool:
    """Ask what has changed at or after a second, and write it; return whether all was answered.

    What is written already is not written again. stopping: whether to leave the rest to another
    time; a month of a large company's news takes long, and longer where the gateway is slow.
    """
    gateway = system.gateway
    if not isinstance(gateway, TellsNews):
        return True
    [told] = system.gateway_line(not gateway.test_only).ask(
        [partial(_ask_news, gateway, since)]
    )
    if told is None:
        return False
    # One key that makes no sense keeps nobody from hearing of the others.
    named = dict.fromkeys(key for key in told if isinstance(key, str))
    keys = [key for key in named if re.fullmatch(r"pa_[0-9A-Za-z]+", key)]
    whole = True
    for book in system.database.read(all_books):
        if book.livemode and gateway.test_only:
            continue
        for start in range(0, len(keys), PART):
            if stopping():
                return False
            whole = _hear(system, book, keys[start : start + PART]) and whole
    return whole


def _ask_news(gateway: TellsNews, since: int) -> list[str]:
    said = gateway.news(since)
    if isinstance(said, str | bytes):
        log.error("news that makes no sense", news=said[:200])
        raise GatewayTimeout(NO_SENSE)
    # What is no list at all fails here, where a gateway may fail.
    return list(said)


def _hear(system: System, book: Book, keys: Sequence[str]) -> bool:
    found = system.read(book, lambda uow: uow.load(PaymentAttempt, keys))
    questions = [_question(system, each) for each in found.values() if _is_over(system, each)]
    whole = True
    line = system.gateway_line(book.livemode)
    for id, answer in ask(line, questions, livemode=book.livemode).items():
        if answer.outcome is not None or (answer.refund is not None and answer.refund.unknown):
            whole = False
            continue
        try:
            system.write(book, partial(_write, id=id, answer=answer))
        except Exception as fault:
            if is_outage(fault):
                raise
            log.exception("news could not be written", attempt=id)
            whole = False
    return whole


def _is_over(system: System, attempt: PaymentAttempt) -> bool:
    """Return whether an attempt has an outcome, of this gateway, and nobody asks about it."""
    mine = attempt.gateway in (None, system.gateway.name)
    asked = attempt.settle_after is not None or attempt.state == "processing"
    return mine and not asked and attempt.reference is not None and attempt.clock is None


def _question(system: System, attempt: PaymentAttempt) -> PaymentAttempt:
    now = system.clock.now()
    return PaymentAttempt(
        id=attempt.id,
        ask="poll_dispute" if attempt.refund is None else "poll_refund",
        reference=None if attempt.refund is None else attempt.reference,
        order=attempt.order,
        answer={"charge_reference": attempt.reference},
        gateway=attempt.gateway,
        now=now,
        real_created=now,
    )


def _write(uow: UnitOfWork, *, id: str, answer: Answer) -> None:
    with uow.step(uow.now, None):
        attempt = uow.get(PaymentAttempt, id)
        if not attempt.refund:
            _write_disputes(uow, attempt, answer.disputes)
        elif attempt.settle_after is None:
            refund = uow.get(Refund, attempt.refund)
            failed = answer.refund is not None and answer.refund.status == "failed"
            if failed and refund.status == "succeeded":
                apply_refund(uow, attempt, answer)


def _write_disputes(tx: Tx, attempt: PaymentAttempt, facts: Sequence[DisputeFact]) -> None:
    charge = _charge_of(tx, attempt)
    if charge is None or not facts:
        return
    tx.quiet(charge)
    known = {each.private.reference for each in tx.select(Dispute, charge=charge.id)}
    said = {fact.reference: fact for fact in facts}
    new = [fact for fact in said.values() if fact.reference not in known]
    method = tx.get_even_deleted(PaymentMethod, charge.payment_method or "")
    intent = tx.find(PaymentIntent, charge.payment_intent)
    if open_disputes(tx, charge, method, new) and intent is not None:
        intent_disputed(tx, intent)
    for dispute in tx.select(Dispute, charge=charge.id):
        fact = said.get(dispute.private.reference)
        over = dispute.status in CLOSED or dispute.private.asking
        if fact is not None and not over and fact.status != dispute.status:
            write_fact(tx, dispute, fact)


def _charge_of(tx: Tx, attempt: PaymentAttempt) -> Charge | None:
    """Return the charge of an attempt that was paid."""
    if attempt.charge is not None:
        charge = tx.find(Charge, attempt.charge)
        found = [] if charge is None else [charge]
    elif attempt.payment_intent is not None:
        found = list(tx.select(Charge, payment_intent=attempt.payment_intent))
    else:
        found = []
    mine = (each for each in found if each.private.reference == attempt.reference and each.paid)
    return next(mine, None)
