"""The machine: random lives over the API, with every invariant looked at after every step."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from badinput.asking import Asker
from prorata.engine.advance import run_due
from storms.entitlement_rules import EntitlementRules
from storms.invariants import INVARIANTS, RUNNING, Told
from storms.listening_rules import ListeningRules
from storms.price_rules import PriceRules
from storms.quote_rules import QuoteRules
from storms.recovery_rules import RecoveryRules
from storms.report_rules import ReportRules
from storms.stored import Document, Stored
from storms.tax_rules import TaxRules
from storms.usage_rules import UsageRules
from storms.world import World

# The doctor takes its time: it looks after every few steps, and at the end.
EVERY = {"sqlite": 4, "postgresql": 10}
# A late worker comes after so many steps.
LATE_STEPS = 3
Spans = dict[str, tuple[int, int]]


class Lives(
    ListeningRules, EntitlementRules, TaxRules, QuoteRules, ReportRules, RecoveryRules, PriceRules,
    UsageRules, RuleBasedStateMachine,
):
    """Customers of one shop. `server` and `asker` are set on a subclass, see `lives_on`."""

    server: Any
    asker: Asker
    steps = calls = refusals = compared = 0

    @initialize(on_test_clock=st.booleans(), late=st.booleans(), data=st.data())
    def opens(self, on_test_clock: bool, late: bool, data: st.DataObject) -> None:
        self.world = World(self.server, self.asker, on_test_clock)
        self.late = late and not on_test_clock
        system = self.server.system
        self.every = EVERY[system.database.dialect]
        self.stored, self.told = Stored(system), Told(system)
        self.periods: Spans = {}
        self.seen_at, self.step = self.world.now, 0
        someone = self.world.new_customer("usd", "card_visa")
        assert someone is not None
        self.subscribes(data, someone)

    @invariant()
    def all_holds(self) -> None:
        if not hasattr(self, "told"):
            return
        type(self).steps += 1
        self.step += 1
        if self.late and self.step % LATE_STEPS:
            return
        if self.world.clock is None:
            # As the worker would, which finds what a step has made due at once, or comes late.
            done = run_due(self.server.system, self.world.now, virtual=not self.late)
            assert done.failed == []
        self.stored.read()
        wrong = list(self.stored.problems()) if self.step % self.every == 0 else []
        wrong += [each for check in INVARIANTS for each in check(self.stored)]
        wrong += self.told.hear(self.world.book)
        wrong += self._periods_chain()
        assert not wrong, "\n".join(wrong)

    def _periods_chain(self) -> list[str]:
        """Return where time went on and a period neither follows the last one nor holds now."""
        wrong, now, found = [], self.world.now, {}
        moved = now != self.seen_at
        for each in self.stored.of("subscription"):
            if each["status"] not in RUNNING:
                continue
            for item in each["items"]["data"]:
                id = item["id"]
                span = (item["current_period_start"], item["current_period_end"])
                found[id] = span
                if moved and not span[0] <= now < span[1]:
                    wrong.append(f"{each['id']} {id}: {span} does not hold {now}")
                before = self.periods.get(id)
                # Under a late worker, what was asked meanwhile may have begun a cycle of its own.
                chained = before is not None and before != span and not self.late
                if moved and chained and each["schedule"] is None:
                    wrong += self._chain(each, item, before, span)
        self.periods, self.seen_at = found, now
        return wrong

    def _chain(
        self, subscription: Document, item: Document, before: tuple[int, int],
        after: tuple[int, int],
    ) -> list[str]:  # fmt: skip
        """Return whether billed periods lead from one to the other without gap or overlap."""
        billed: dict[int, int] = {}
        # What nobody has used is on no line where a threshold was reached by something else.
        metered = item["price"]["recurring"]["usage_type"] == "metered"
        items = [each["id"] for each in subscription["items"]["data"]] if metered else [item["id"]]
        for invoice in self.stored.of("invoice"):
            cut = invoice["billing_reason"] == "subscription_threshold"
            for line in invoice["lines"]["data"]:
                details = (line["parent"] or {}).get("subscription_item_details") or {}
                start, end = line["period"]["start"], line["period"]["end"]
                if details.get("subscription_item") in items and (cut or not details["proration"]):
                    billed[start] = max(end, billed.get(start, end))
        # A threshold may have cut the period short, and begun another one within it.
        within = [start for start in billed if before[0] <= start < before[1]]
        for moment in (*within, before[1]):
            while moment < after[0] and billed.get(moment, 0) > moment:
                moment = billed[moment]
            if moment == after[0]:
                return []
        return [
            f"{subscription['id']} {item['id']} ({subscription['status']}): its period {before}"
            f" became {after}, but {moment} is where the billed ones end"
        ]

    def teardown(self) -> None:
        if hasattr(self, "step"):
            if self.late:
                assert run_due(self.server.system, self.world.now).failed == []
            wrong = list(self.stored.problems())
            assert not wrong, "\n".join(wrong)
        if hasattr(self, "world"):
            type(self).calls += self.world.calls
            type(self).refusals += self.world.refusals
            type(self).compared += self.world.compared


def lives_on(server: Any, asker: Asker) -> type[Lives]:
    """Return the machine of a server that runs without a worker."""
    return type("LivesThere", (Lives,), {"server": server, "asker": asker})
