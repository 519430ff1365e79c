"""Rules of reports: months are closed and opened again, and every report agrees with the others."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from prorata.engine.reports import close
from prorata.rules.months import month_name, month_start
from storms.recovery_rules import RecoveryRules
from storms.world import BEGINNING, DAY

PERIODS = "accounting_periods"
# By then everything that was ever sold is earned.
AFTER_ALL = 6 * 366 * DAY
Sums = Counter[str]


class ReportRules(RecoveryRules):
    """What the seller's bookkeeper does; mixed into the machine."""

    @rule()
    def the_last_month_is_closed(self) -> None:
        world = self.world
        month = month_name(month_start(world.now) - 1)
        period = self.ask("POST", PERIODS, {"month": month, **self._clock()})
        if period is not None:
            close.count(self.server.system, world.book, world.clock)
            assert self.ask("GET", f"{PERIODS}/{period['id']}", {})["status"] == "closed"

    @rule(data=st.data())
    def a_month_is_opened_again(self, data: st.DataObject) -> None:
        clock = self._clock()
        found = self.ask("GET", PERIODS, {"status": "closed", **clock})["data"]
        if found:
            opened = self.one(data, found)
            self.ask("POST", f"{PERIODS}/{opened['id']}/reopen", {})
            left = self.ask("GET", PERIODS, {"status": "closed", **clock})["data"]
            assert all(each["end"] < opened["end"] for each in left)

    @rule()
    def the_reports_are_compared(self) -> None:
        end = self.world.now + AFTER_ALL
        span = {"interval_start": month_start(BEGINNING), "interval_end": end}
        whole = self._revenue(span)
        for currency, total in whole.items():
            assert total["deferred"] == 0, f"{currency}: not all is earned in the end: {total}"
            given = total["billed"] + total["taken_back"]
            assert total["recognized"] == given, f"{currency}: {total}"
        for group in ("customer", "product"):
            assert self._revenue(span, group_by=group) == whole, group
        waterfall = self.ask("GET", "reports/waterfall", span)["data"]
        for each in waterfall:
            last = each["total"]
            earned = last["earlier"] + sum(last["months"]) + last["later"]
            assert earned == whole.get(each["currency"], Counter())["recognized"], each
        invoiced, worth = self._invoiced(span), self._worth()
        more, less = dict(invoiced - worth), dict(worth - invoiced)
        assert invoiced == worth, f"too much was billed by reports: {more}, too little: {less}"
        owed, unpaid = self._owed(), self._open()
        assert owed == unpaid, f"reports say {owed} is owed, invoices {unpaid}"

    def _clock(self) -> dict[str, str]:
        """Return whose months and debts are meant."""
        return {} if self.world.clock is None else {"test_clock": self.world.clock}

    def _revenue(self, span: dict[str, Any], **params: Any) -> dict[str, Sums]:
        """Return the sums of a report by currency; months that are closed are told as such."""
        report = self.ask("GET", "reports/revenue", {**span, "limit": 1000, **params})
        found: dict[str, Sums] = {}
        for row in report["data"]:
            sums = found.setdefault(row["currency"], Counter())
            sums.update({
                name: row["total"][name]
                for name in ("billed", "taken_back", "recognized", "corrections", "deferred")
            })  # fmt: skip
            for month in row["months"]:
                assert month["recognized"] == month["revenue"] + month["contra"]
        return {currency: sums for currency, sums in found.items() if any(sums.values())}

    def _invoiced(self, span: dict[str, Any]) -> Sums:
        """Return what reports say was billed, by invoice."""
        found, after = Counter[str](), dict[str, str]()
        while True:
            page = self.ask("GET", "reports/revenue/entries", {
                **span, "measure": "billed", "limit": 100, **after})
            for each in page["data"]:
                if each["document_type"] == "invoice" and each["memo"] == "finalized":
                    found[each["document"]] += each["figure"]
            if not page["has_more"]:
                return _filled(found)
            after = {"starting_after": page["data"][-1]["id"]}

    def _worth(self) -> Sums:
        """Return what finalized invoices are worth without tax, by invoice."""
        found = Counter[str]()
        self.stored.read()
        for each in self.stored.of("invoice"):
            if each["status_transitions"]["finalized_at"] is not None:
                tax = sum(one["amount"] for one in each["total_taxes"] or ())
                shipping = (each["shipping_cost"] or {}).get("amount_tax", 0)
                found[each["id"]] += each["total"] - tax - shipping
        return _filled(found)

    def _owed(self) -> Sums:
        rows = self.ask("GET", "reports/receivables", self._clock())["data"]
        return _filled(Counter({each["currency"]: each["total"] for each in rows}))

    def _open(self) -> Sums:
        found = Counter[str]()
        for each in self.stored.of("invoice"):
            if each["status"] == "open":
                found[each["currency"]] += each["amount_remaining"]
        return _filled(found)


def _filled(sums: Sums) -> Sums:
    return Counter({name: amount for name, amount in sums.items() if amount})
