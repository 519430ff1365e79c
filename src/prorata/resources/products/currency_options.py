"""Currency options: what a price costs in its further currencies."""

from collections.abc import Iterator

from msgspec import UNSET

from prorata.model.errors import InvalidRequest, missing_param
from prorata.model.params import given, value_or
from prorata.model.resource import REGISTRY
from prorata.model.transaction import Tx
from prorata.resources.products.price import Price, PriceCurrencyOption, TaxBehavior
from prorata.resources.products.price_params import (
    CurrencyOptionParams,
    CurrencyOptions,
    check_currency,
    custom_amount,
    one_amount,
    tiers_of,
)

AMOUNTS = ("unit_amount", "unit_amount_decimal", "custom_unit_amount", "tiers")


def set_options(price: Price, options: CurrencyOptions, path: str = "currency_options") -> None:
    """Give a new price its further currencies, each with exactly one amount of the price's kind.

    Raises InvalidRequest by the option's name, also for an option in the price's own currency that
    does not repeat what the price costs.
    """
    known = price.private.currency_options
    for code, option, where in _options(options, path):
        if code == price.currency:
            _repeat(price, option, where)
            continue
        known[code] = _option(price, option, code, where)


def change_options(tx: Tx, price: Price, options: CurrencyOptions | None) -> None:
    """Add currencies to a price, or take all of the further ones away (None).

    What is there changes only as long as no subscription has the price; a tax behavior is set
    once. Raises InvalidRequest by the option's name.
    """
    known = price.private.currency_options
    if options is None:
        if known:
            _check_unused(
                tx, price, "currency_options",
                "Subscriptions use this price, so its currencies cannot be taken away.",
            )  # fmt: skip
        for code, option in known.items():
            _remember(price, code, option)
        known.clear()
        return
    for code, option, where in _options(options, "currency_options"):
        former = known.get(code)
        if code == price.currency:
            _repeat(price, option, where)
        elif former is None:
            known[code] = _option(price, option, code, where)
        else:
            known[code] = _changed(tx, price, former, option, code, where)


def settled(former: TaxBehavior | None, wanted: TaxBehavior, param: str) -> TaxBehavior:
    """Return a tax behavior that is set once; raise InvalidRequest when it would be another."""
    if former not in (None, "unspecified", wanted):
        raise InvalidRequest(
            f"The price's tax_behavior is {former}; once it is set it cannot be changed.",
            param=param,
        )
    return wanted


def _options(
    options: CurrencyOptions, path: str
) -> Iterator[tuple[str, CurrencyOptionParams, str]]:
    """Yield each option's currency, its parameters and where they stand."""
    seen = set()
    for written, option in options.items():
        code, where = written.lower(), f"{path}[{written}]"
        check_currency(code, where)
        if code in seen:
            raise InvalidRequest(f"The currency {code} is given twice in {path}.", param=where)
        seen.add(code)
        yield code, option, where


def _option(
    price: Price, params: CurrencyOptionParams, code: str, path: str
) -> PriceCurrencyOption:
    _check_kind(price, params, path)
    unit, exact = one_amount(params.unit_amount, params.unit_amount_decimal, code, path)
    chosen, tiers = params.custom_unit_amount, params.tiers
    return PriceCurrencyOption(
        custom_unit_amount=custom_amount(chosen, code, f"{path}[custom_unit_amount]")
        if given(chosen)
        else None,
        tax_behavior=value_or(params.tax_behavior, "unspecified"),
        tiers=tiers_of(tiers, code, f"{path}[tiers]") if given(tiers) else UNSET,
        unit_amount=unit,
        unit_amount_decimal=exact,
    )


def _check_kind(price: Price, params: CurrencyOptionParams, path: str) -> None:
    """Raise InvalidRequest unless an option has one amount, of the kind that the price has."""
    sent = [name for name in AMOUNTS if given(getattr(params, name))]
    if sent == ["unit_amount", "unit_amount_decimal"]:
        return
    if len(sent) != 1:
        raise InvalidRequest(
            "Give exactly one of unit_amount, unit_amount_decimal, custom_unit_amount and"
            f" tiers in {path}.",
            param=path,
        )
    kinds = {"custom_unit_amount": price.custom_unit_amount is not None,
             "tiers": price.billing_scheme == "tiered"}  # fmt: skip
    for name, has in kinds.items():
        if has and sent != [name]:
            raise missing_param(f"{path}[{name}]")
        if sent == [name] and not has:
            raise InvalidRequest(
                f"A price has `{name}` in its currency options only when it has them itself.",
                param=f"{path}[{name}]",
            )


def _repeat(price: Price, params: CurrencyOptionParams, path: str) -> None:
    """Take an option in the price's own currency: its amount is the price's, or it has none."""
    if any(given(getattr(params, name)) for name in AMOUNTS):
        option = _option(price, params, price.currency, path)
        own = price.unit_amount_decimal, price.custom_unit_amount, price.private.tiers
        if own != _amounts(option):
            raise InvalidRequest(
                f"{price.currency} is the price's own currency: its option can only repeat the"
                " price's amount.",
                param=path,
            )
    if given(params.tax_behavior):
        price.tax_behavior = settled(
            price.tax_behavior, params.tax_behavior, f"{path}[tax_behavior]"
        )


def _changed(
    tx: Tx, price: Price, former: PriceCurrencyOption, params: CurrencyOptionParams, code: str,
    path: str,
) -> PriceCurrencyOption:  # fmt: skip
    option = former
    if any(given(getattr(params, name)) for name in AMOUNTS):
        option = _option(price, params, code, path)
        if _amounts(option) != _amounts(former):
            _check_unused(
                tx, price, path,
                f"Subscriptions use this price, so its amount in {code} cannot be changed: create"
                " another price.",
            )  # fmt: skip
            _remember(price, code, former)
    option.tax_behavior = former.tax_behavior
    if given(params.tax_behavior):
        option.tax_behavior = settled(
            former.tax_behavior, params.tax_behavior, f"{path}[tax_behavior]"
        )
    return option


def _remember(price: Price, code: str, option: PriceCurrencyOption) -> None:
    """Keep what a price cost: somebody may have been billed so."""
    price.private.former_options.setdefault(code, []).append(option)


def _amounts(option: PriceCurrencyOption) -> tuple[object, ...]:
    return option.unit_amount_decimal, option.custom_unit_amount, value_or(option.tiers, [])


def _check_unused(tx: Tx, price: Price, param: str, message: str) -> None:
    used = REGISTRY.get("subscription_item.home")
    if used is not None and tx.select(used.cls, price=price.id, limit=1):
        raise InvalidRequest(message, param=param)
