"""Faults: a gateway around another one that fails in the ways networks fail, by a seed.

Which fault meets a call follows from the seed, the key and how often the key was asked for; not
from the order of calls. So a run of many threads can be repeated from its printed seed.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from time import sleep as real_sleep
from typing import Any, Literal, TypeAlias, TypeVar, cast

from msgspec import Struct

from .orders import (
    BankAccount,
    BillingDetails,
    ChargeOrder,
    MethodDetails,
    MethodToken,
    RefundOrder,
    SetupOrder,
)
from .outcomes import Declined, DisputeFact, Outcome, RefundOutcome, Succeeded, Unknown
from .protocol import Gateway, GatewayError, GatewayTimeout

Fault: TypeAlias = Literal["lose_order", "lose_answer", "late", "twice", "garble", "crash"]
"""The order never arrives; it is done but the answer is lost; the answer is late; the network
receives the order twice; it is done and the answer is nonsense; it is done and the plugin fails."""

T = TypeVar("T")

_DECLINED = Declined(
    code="card_declined",
    message="Your card was declined.",
    decline_code="generic_decline",
    network_decline_code="01",
    advice_code="try_again_later",
    reason="generic_decline",
)


class Rates(Struct, frozen=True):
    """How often each fault happens, from 0 to 1; together at most 1. A late answer takes
    `late_seconds` of real time."""

    lose_order: float = 0.0
    lose_answer: float = 0.0
    late: float = 0.0
    twice: float = 0.0
    garble: float = 0.0
    crash: float = 0.0
    late_seconds: float = 0.05


class FaultyGateway:
    """A Gateway that passes calls on to `inner`, except when a fault comes between.

    A lost call gives Unknown (for a refund one that is `unknown`), or raises GatewayTimeout where
    there is no such answer, or always with `raises`. `log` lists the faults that happened, as
    (key, fault). clock: tells virtual time; without it only a call's own second does, and that of
    an order which is asked about again stays as long ago as it was.
    """

    test_only = True

    def __init__(
        self,
        inner: Gateway,
        seed: int,
        rates: Rates = Rates(),
        *,
        raises: bool = False,
        sleep: Callable[[float], None] = real_sleep,
        clock: Callable[[], int] | None = None,
    ) -> None:
        self.inner = inner
        self.name = inner.name
        self.seed = seed
        self.log: list[tuple[str, Fault]] = []
        self._rates = rates
        self._raises = raises
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()
        self._forced: list[Fault | None] = []
        self._down = False
        self._down_until: int | None = None
        # Set while calls are answered at all.
        self._lively = threading.Event()
        self._lively.set()
        self._declining = False
        self._refused: dict[str, Declined] = {}

    def force(self, *faults: Fault | None) -> None:
        """Give the next calls these faults in turn, None for a call that goes well."""
        with self._lock:
            self._forced.extend(faults)

    def go_down(self, until: int | None = None) -> None:
        """Answer nobody until `come_up`, or until a call at or after the second `until`."""
        self._down, self._down_until = True, until

    def come_up(self) -> None:
        """Answer again."""
        self._down, self._down_until = False, None
        self._lively.set()

    def calm(self) -> None:
        """Have no more faults by lot, and decline nobody new; what was refused stays refused."""
        self._rates, self._declining = Rates(), False

    def hang(self) -> None:
        """Take calls and leave them without any answer, in real time, until `come_up`."""
        self._lively.clear()

    @property
    def immediate(self) -> bool:
        """Whether no call takes real time: then the order of the calls stays the same too."""
        slow = self._rates.late > 0 or not self._lively.is_set()
        return bool(getattr(self.inner, "immediate", False)) and not slow

    def decline_all(self, declining: bool = True) -> None:
        """Decline every new charge until told otherwise; set-ups and refunds go on."""
        self._declining = declining

    def charge(self, order: ChargeOrder) -> Outcome:
        refused = self._refused.get(order.key)
        if refused is None and self._declining and self.inner.lookup(order.key) is None:
            refused = self._refused.setdefault(order.key, _DECLINED)
        if refused is not None:
            return self._moving(order.key, order.now, lambda: refused)
        return self._moving(order.key, order.now, lambda: self.inner.charge(order))

    def charge_many(self, orders: Sequence[ChargeOrder]) -> list[Outcome | GatewayError]:
        return [self._charge_or_error(order) for order in orders]

    def _charge_or_error(self, order: ChargeOrder) -> Outcome | GatewayError:
        try:
            return self.charge(order)
        except GatewayTimeout as timeout:
            return Unknown(str(timeout))
        except GatewayError as error:
            return error

    def setup(self, order: SetupOrder) -> Outcome:
        return self._moving(order.key, order.now, lambda: self.inner.setup(order))

    def capture(self, reference: str, amount: int, key: str, now: int) -> Outcome:
        return self._moving(key, now, lambda: self.inner.capture(reference, amount, key, now))

    def cancel(self, reference: str, key: str, now: int) -> Outcome:
        return self._moving(key, now, lambda: self.inner.cancel(reference, key, now))

    def refund(self, order: RefundOrder) -> RefundOutcome:
        try:
            return self._asking(order.key, order.now, lambda: self.inner.refund(order))
        except GatewayTimeout:
            if self._raises:
                raise
            return RefundOutcome("pending", "", unknown=True)

    def lookup(self, key: str) -> Outcome | None:
        refused = self._refused.get(key)
        return self._asking(f"lookup {key}", None, lambda: refused or self.inner.lookup(key))

    def lookup_refund(self, key: str) -> RefundOutcome | None:
        return self._asking(f"lookup {key}", None, lambda: self.inner.lookup_refund(key))

    def poll(self, reference: str, now: int) -> Outcome:
        return self._asking(f"poll {reference}", now, lambda: self.inner.poll(reference, now))

    def poll_refund(self, reference: str, now: int) -> RefundOutcome:
        return self._asking(
            f"poll {reference}", now, lambda: self.inner.poll_refund(reference, now)
        )

    def authenticate(self, reference: str, success: bool, now: int) -> Outcome:
        return self._asking(
            f"authenticate {reference}",
            now,
            lambda: self.inner.authenticate(reference, success, now),
        )

    def verify_microdeposits(
        self,
        reference: str,
        now: int,
        amounts: tuple[int, int] | None = None,
        descriptor_code: str | None = None,
    ) -> Outcome:
        return self._asking(
            f"verify {reference}",
            now,
            lambda: self.inner.verify_microdeposits(reference, now, amounts, descriptor_code),
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
        return self.inner.tokenize_card(
            number, exp_month, exp_year, cvc, fingerprint_salt, now, billing
        )

    def tokenize_bank(self, account: BankAccount, fingerprint_salt: str, now: int) -> MethodDetails:
        return self.inner.tokenize_bank(account, fingerprint_salt, now)

    def from_test_token(self, name: str, fingerprint_salt: str, now: int) -> MethodDetails | None:
        return self.inner.from_test_token(name, fingerprint_salt, now)

    def attach(
        self, method: MethodToken, now: int, billing: BillingDetails | None = None
    ) -> Succeeded | Declined:
        return self.inner.attach(method, now, billing)

    def disputes_of(self, reference: str, now: int) -> list[DisputeFact]:
        return self.inner.disputes_of(reference, now)

    def respond_dispute(self, reference: str, evidence: str, now: int) -> DisputeFact:
        return self.inner.respond_dispute(reference, evidence, now)

    def close_dispute(self, reference: str, now: int) -> DisputeFact:
        return self.inner.close_dispute(reference, now)

    def __getattr__(self, name: str) -> Any:
        """Give what only some gateways can do, such as receiving bank transfers."""
        return getattr(self.inner, name)

    def close(self) -> None:
        self.inner.close()

    def _moving(self, key: str, now: int, call: Callable[[], Outcome]) -> Outcome:
        try:
            return self._asking(key, now, call)
        except GatewayTimeout as timeout:
            if self._raises:
                raise
            return Unknown(str(timeout))

    def _asking(self, key: str, now: int | None, call: Callable[[], T]) -> T:
        self._lively.wait()
        if self._is_down(now):
            raise GatewayTimeout("The network does not answer.")
        fault = self._next_fault(key)
        if fault == "lose_order":
            raise GatewayTimeout("The order was lost on its way.")
        if fault == "twice":
            call()
        answer = call()
        if fault == "lose_answer":
            raise GatewayTimeout("The answer was lost on its way.")
        if fault == "garble":
            return cast(T, "<html>502 Bad Gateway</html>")
        if fault == "crash":
            raise KeyError("a field of the network's answer")
        if fault == "late":
            self._sleep(self._rates.late_seconds)
        return answer

    def _is_down(self, now: int | None) -> bool:
        second = self._clock() if self._clock is not None else now
        if self._down and self._down_until is not None and second is not None:
            self._down = second < self._down_until
        return self._down

    def _next_fault(self, key: str) -> Fault | None:
        with self._lock:
            self._asked[key] += 1
            if self._forced:
                fault = self._forced.pop(0)
            else:
                fault = self._drawn(f"{self.seed}/{key}/{self._asked[key]}")
            if fault is not None:
                self.log.append((key, fault))
            return fault

    def _drawn(self, lot: str) -> Fault | None:
        number = random.Random(lot).random()
        rates = self._rates
        faults: tuple[tuple[Fault, float], ...] = (
            ("lose_order", rates.lose_order),
            ("lose_answer", rates.lose_answer),
            ("late", rates.late),
            ("twice", rates.twice),
            ("garble", rates.garble),
            ("crash", rates.crash),
        )
        for fault, rate in faults:
            if number < rate:
                return fault
            number -= rate
        return None
