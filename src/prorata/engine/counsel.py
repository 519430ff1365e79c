"""Counsel: what a gateway says of cards, accounts and tokens, asked with no transaction open.

A unit of work that wants to know it ends there, undone. The gateway is asked, and the unit is run
anew with the answer at hand. Nothing that moves money is asked so: that is decided first, and put
to the gateway after the commit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from msgspec import Struct

from prorata.engine.line import Line
from prorata.engine.payments.bank_transfer import can_be_shown
from prorata.engine.payments.sense import TOLD, is_whole, words_of
from prorata.gateways.browser_fields import BringsFields
from prorata.gateways.orders import BankAccount, BillingDetails, MethodDetails, MethodToken
from prorata.gateways.outcomes import Declined, Succeeded
from prorata.gateways.protocol import CardRefused, Gateway, GatewayError
from prorata.gateways.tax_engine import Provider, StandardRates, TaxEngine, TaxOrder
from prorata.gateways.transfers import VirtualAccount
from prorata.model.errors import InvalidRequest, Silent
from prorata.rules.tax_place import Levy

T = TypeVar("T")
STANDARD_RATES = StandardRates()
# A unit that asks more than this goes in circles.
MOST_QUESTIONS = 40
# Beside the protocol: what moves money, so that a unit may only ask whether it is there.
RESERVING = ("increment", "capture_part")


class Question(BaseException):
    """What must be known before a unit of work can be carried out; nobody inside it catches it.

    Its name may hold a card's number, and is never shown. line: the way to who is asked, where
    that is not the gateway.
    """

    def __init__(self, name: str, ask: Callable[[], Any], line: Line | None = None) -> None:
        super().__init__("the gateway has to be asked")
        self.name = name
        self.ask = ask
        self.line = line


@dataclass(frozen=True, slots=True)
class _Said:
    """An answer, or what the gateway raised instead of one."""

    value: Any


class Counsel:
    """The gateway as one unit of work sees it, through all the times that it is run.

    A gateway that is `immediate` is asked at once: its answers are worked out beside ours. taxes:
    the line to a tax engine other than the built-in one.
    """

    def __init__(self, line: Line, taxes: Line | None = None) -> None:
        self.line = line
        self.taxes = taxes
        gateway: Gateway = line.gateway
        self._gateway = gateway
        self._immediate = bool(getattr(gateway, "immediate", False))
        self.name, self.test_only = gateway.name, gateway.test_only
        self._answers: dict[str, _Said | None] = {}
        if hasattr(gateway, "virtual_accounts"):
            self.virtual_accounts = self._virtual_accounts
        if isinstance(gateway, BringsFields):
            self.browser_fields = gateway.browser_fields
            self.method_of_fields = self._method_of_fields
        for name in RESERVING:
            if hasattr(gateway, name):
                setattr(self, name, _moves_money)

    def ask(self, question: Question) -> None:
        """Put a question to the gateway; for whoever ran the unit, which is undone by now."""
        if len(self._answers) == MOST_QUESTIONS:
            asked = question.name.partition(" ")[0]
            raise RuntimeError(f"a unit of work asks the gateway again and again: {asked}")
        line = question.line or self.line
        [self._answers[question.name]] = line.ask([partial(_ask, question.ask)])

    @property
    def tax_provider(self) -> Provider:
        """Return what documents call the tax engine."""
        engine: Any = STANDARD_RATES if self.taxes is None else self.taxes.gateway
        provider: Provider = engine.provider
        return provider

    def assess(self, order: TaxOrder) -> list[tuple[Levy, ...]] | None:
        """Return the taxes of each line of a sale, None where the engine does not say.

        Raises Question where the engine is elsewhere and was not asked yet.
        """
        if self.taxes is None:
            return STANDARD_RATES.assess(order)
        engine: TaxEngine = cast(Any, self.taxes.gateway)

        def ask() -> Sequence[Sequence[Levy]]:
            return engine.assess(order)

        name = f"tax {order!r}"
        if engine.immediate:
            [said] = self.taxes.ask([partial(_ask, ask)])
        elif name in self._answers:
            said = self._answers[name]
        else:
            raise Question(name, ask, self.taxes)
        return None if said is None else _levies(said.value, len(order.lines))

    def attach(
        self, method: MethodToken, now: int, billing: BillingDetails | None = None
    ) -> Succeeded | Declined:
        try:
            return self._know(
                f"attach {method!r} {billing!r}",
                lambda: self._gateway.attach(method, now, billing),
                (Succeeded, Declined),
            )
        except CardRefused as refused:
            # It means the same wherever it is raised.
            return Declined(
                refused.code, refused.message, refused.decline_code, param=refused.param
            )

    def tokenize_card(
        self,
        number: str,
        exp_month: int,
        exp_year: int,
        cvc: str | None,
        fingerprint_salt: str,
        now: int,
        billing: BillingDetails | None = None,
    ) -> MethodDetails:
        card = (number, exp_month, exp_year, cvc, fingerprint_salt)
        return self._know(
            f"tokenize {card!r} {billing!r}",
            lambda: self._gateway.tokenize_card(*card, now, billing),
            (MethodDetails,),
        )

    def tokenize_bank(self, account: BankAccount, fingerprint_salt: str, now: int) -> MethodDetails:
        return self._know(
            f"tokenize {account!r} {fingerprint_salt}",
            lambda: self._gateway.tokenize_bank(account, fingerprint_salt, now),
            (MethodDetails,),
        )

    def from_test_token(self, name: str, fingerprint_salt: str, now: int) -> MethodDetails | None:
        return self._know(
            f"token {name} {fingerprint_salt}",
            lambda: self._gateway.from_test_token(name, fingerprint_salt, now),
            (MethodDetails, type(None)),
        )

    def _method_of_fields(self, token: str, fingerprint_salt: str, now: int) -> MethodDetails:
        gateway: Any = self._gateway
        details: MethodDetails = self._know(
            f"fields {token} {fingerprint_salt}",
            lambda: gateway.method_of_fields(token, fingerprint_salt, now),
            (MethodDetails,),
        )
        return details

    def _virtual_accounts(
        self, owner: str, currency: str, country: str | None = None
    ) -> list[VirtualAccount]:
        gateway: Any = self._gateway
        accounts: list[VirtualAccount] = self._know(
            f"accounts {owner} {currency} {country}",
            lambda: gateway.virtual_accounts(owner, currency, country),
            (list, tuple),
        )
        if not can_be_shown(accounts):
            raise _silent()
        return accounts

    def _know(self, name: str, ask: Callable[[], T], kinds: tuple[type, ...]) -> T:
        """Return an answer, or raise what the gateway raised. Raises Question until it is known.

        The time at which it was asked is no part of its name: it is another one at every run.
        """
        if self._immediate:
            [said] = self.line.ask([partial(_ask, ask)])
        elif name in self._answers:
            said = self._answers[name]
        else:
            raise Question(name, ask)
        if said is None:
            raise _silent()
        answer = said.value
        if isinstance(answer, GatewayError):
            raise InvalidRequest(
                f"The payment gateway cannot use what it was given: {words_of(answer)}"
            )
        if isinstance(answer, CardRefused):
            answer.message = words_of(answer)
            raise answer
        if not isinstance(answer, kinds) or not _is_whole(answer):
            raise _silent()
        return cast(T, answer)


def _is_whole(answer: Any) -> bool:
    """Return whether what is written down of an answer has fields of its types."""
    return not isinstance(answer, Struct) or is_whole(answer, TOLD)


def informed(counsel: Counsel, run: Callable[[], T]) -> T:
    """Run a unit of work until the gateway has said all that it wants to know."""
    while True:
        try:
            return run()
        except Question as question:
            counsel.ask(question)


def _levies(answer: Any, lines: int) -> list[tuple[Levy, ...]] | None:
    """Return an answer that makes sense, None for any other."""
    if not isinstance(answer, (list, tuple)) or len(answer) != lines:
        return None
    found = [tuple(each) for each in answer]
    sound = all(each and all(isinstance(levy, Levy) for levy in each) for each in found)
    return found if sound else None


def _ask(ask: Callable[[], Any]) -> _Said:
    try:
        return _Said(ask())
    except (CardRefused, GatewayError) as refused:
        return _Said(refused)


def _silent() -> Silent:
    """Return the error of a gateway that says nothing, or nothing that makes sense."""
    return Silent(
        "The payment gateway does not answer. Nothing was changed. Try again in a moment."
    )


def _moves_money(*_: object, **__: object) -> None:
    raise RuntimeError("money never moves inside a unit of work")
