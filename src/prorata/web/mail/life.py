"""Life: letters about subscriptions, cards, the portal and purchases that were not finished."""

from prorata.web.mail.letter import Letter, Pen, Row, lines, sums


def renewal(pen: Pen) -> Letter:
    """Write what the next renewal will charge."""
    _ = pen.text
    amount, date = pen.amount(pen.fact("amount")), pen.date(pen.fact("at"))
    method = pen.method
    said = (
        _("Your subscription to {plan} renews on {date}. We will then charge {amount} to your"
          " {method}. You need not do anything.", plan=pen.plan, date=date, amount=amount,
          method=method)
        if method
        else _("Your subscription to {plan} renews on {date}. We will then charge {amount}. You"
               " need not do anything.", plan=pen.plan, date=date, amount=amount)
    )  # fmt: skip
    return Letter(
        subject=_("Your subscription to {plan} renews on {date}", plan=pen.plan, date=date),
        title=_("Your subscription renews soon"),
        preview=_("{amount} on {date}", amount=amount, date=date),
        figure=amount,
        figure_note=_("On {date}", date=date),
        paragraphs=[said],
        lines=lines(pen),
        sums=sums(pen, _("Amount to be charged"), pen.fact("amount")),
        button=_manage(pen),
    )


def trial_ending(pen: Pen) -> Letter:
    """Write that a trial ends, and what happens then."""
    _ = pen.text
    date = pen.date(pen.fact("trial_end"))
    after = {
        "charge": _("If you do nothing, your subscription begins and we charge your {method}.",
                    method=pen.method or ""),
        "send": _("If you do nothing, your subscription begins and we send you an invoice."),
        "add": _("To go on, add a payment method before then."),
        "pause": _("To go on, add a payment method before then. Otherwise your subscription is"
                   " paused."),
        "cancel": _("Your subscription ends then, and you are not charged."),
    }[pen.fact("at_end")]  # fmt: skip
    facts = [Row(_("Trial ends on"), date)]
    if (price := pen.fact("amount")) and pen.fact("at_end") != "cancel":
        amount, interval, count = price
        every = f"{pen.amount(amount)} {pen.language.every(interval, count)}"
        facts.append(Row(_("Price after that"), every))
    if (first := pen.fact("first")) is not None and (not price or first != price[0]):
        # Discounts, taxes and what is billed beside the price.
        facts.append(Row(_("First payment"), pen.amount(first)))
    return Letter(
        subject=_("Your trial of {plan} ends on {date}", plan=pen.plan, date=date),
        title=_("Your trial ends soon"),
        preview=after,
        paragraphs=[
            _("Your trial of {plan} ends on {date}.", plan=pen.plan, date=date),
            after,
        ],
        facts=facts,
        button=_manage(pen),
    )


def subscription_canceling(pen: Pen) -> Letter:
    """Confirm that a subscription will end."""
    _ = pen.text
    date = pen.date(pen.fact("cancel_at"))
    said = _("You can use it until then, and it will not be charged any more.")
    letter = Letter(
        subject=_("Your subscription to {plan} will end on {date}", plan=pen.plan, date=date),
        title=_("Your cancellation is confirmed"),
        preview=said,
        paragraphs=[
            _("Your subscription to {plan} will end on {date}.", plan=pen.plan, date=date),
            said,
        ],
        facts=[Row(_("Subscription"), pen.plan), Row(_("Ends on"), date)],
    )
    if pen.fact("url"):
        letter.paragraphs.append(_("If you have changed your mind, you can keep it until then."))
        letter.button = (_("Keep the subscription"), pen.fact("url"))
    return letter


def subscription_canceled(pen: Pen) -> Letter:
    """Confirm that a subscription has ended."""
    _ = pen.text
    date = pen.date(pen.fact("ended_at"))
    said = [_("Your subscription to {plan} ended on {date}.", plan=pen.plan, date=date)]
    if pen.fact("reason") == "payment_failed" and not pen.fact("charged"):
        said.append(_("The last invoice was not paid."))
    elif pen.fact("reason") == "payment_failed":
        said.append(_("The last invoice was not paid, however often we tried."))
    else:
        said.append(_("You will not be charged for it any more."))
    return Letter(
        subject=_("Your subscription to {plan} has ended", plan=pen.plan),
        title=_("Your subscription has ended"),
        preview=said[-1],
        paragraphs=[*said, _("Thank you for having been with us. You are welcome back any time.")],
        facts=[Row(_("Subscription"), pen.plan), Row(_("Ended on"), date)],
    )


def subscription_paused(pen: Pen) -> Letter:
    """Tell that a subscription is paused."""
    _ = pen.text
    said = _("Nothing is charged while it is paused.")
    return Letter(
        subject=_("Your subscription to {plan} is paused", plan=pen.plan),
        title=_("Your subscription is paused"),
        preview=said,
        paragraphs=[_("Your subscription to {plan} is paused now.", plan=pen.plan), said],
        button=_manage(pen),
    )


def subscription_resumed(pen: Pen) -> Letter:
    """Tell that a subscription runs again."""
    _ = pen.text
    facts = []
    if pen.fact("period_end"):
        facts.append(Row(_("Renews on"), pen.date(pen.fact("period_end"))))
    return Letter(
        subject=_("Your subscription to {plan} runs again", plan=pen.plan),
        title=_("Welcome back"),
        preview=_("Your subscription to {plan} runs again.", plan=pen.plan),
        paragraphs=[_("Your subscription to {plan} runs again.", plan=pen.plan)],
        facts=facts,
        button=_manage(pen),
    )


def card_expiring(pen: Pen) -> Letter:
    """Write that a saved card will soon not be good any more."""
    _ = pen.text
    month = pen.month(pen.fact("year"), pen.fact("month"))
    card = pen.method or ""
    said = _("Your {card} is good until the end of {month}.", card=card, month=month)
    letter = Letter(
        subject=_("Your {card} expires soon", card=card),
        title=_("Your card expires soon"),
        preview=said,
        paragraphs=[
            said,
            _("Please save a new card, so that your subscription goes on without a gap."),
        ],
        facts=[Row(_("Card"), card), Row(_("Good until"), month)],
    )
    if pen.fact("url"):
        letter.button = (_("Update your card"), pen.fact("url"))
    else:
        letter.paragraphs.append(
            _("You can do so in your account with {seller}.", seller=pen.seller)
        )
    return letter


def portal_login(pen: Pen) -> Letter:
    """Write the link that opens the portal."""
    _ = pen.text
    return Letter(
        subject=_("Your sign-in link for {seller}", seller=pen.seller),
        title=_("Here is your sign-in link"),
        preview=_("It opens your subscriptions, invoices and payment methods."),
        paragraphs=[
            _("It opens your subscriptions, invoices and payment methods."),
            pen.language.count_text(
                "The link works for {number} minute. Do not pass it on.",
                "The link works for {number} minutes. Do not pass it on.",
                pen.fact("minutes"),
            ),
        ],
        button=(_("Sign in"), pen.link) if pen.link else None,
        quiet=[_("If you have not asked for this link, you can ignore this mail.")],
    )


def checkout_recovery(pen: Pen) -> Letter:
    """Write what a purchase that was not finished was about, and where it goes on."""
    _ = pen.text
    said = _("You did not finish your order. We have kept it for you.")
    letter = Letter(
        subject=_("Your order at {seller} is waiting", seller=pen.seller),
        title=_("Shall we go on where you left off?"),
        preview=said,
        paragraphs=[said],
        lines=lines(pen),
        sums=sums(pen, _("Total"), pen.fact("total")) if pen.fact("total") is not None else [],
        button=(_("Go on with your order"), pen.link) if pen.link else None,
    )
    letter.unsubscribe = pen.fact("unsubscribe")
    return letter


def _manage(pen: Pen) -> tuple[str, str] | None:
    url = pen.fact("url")
    return (pen.text("Manage your subscription"), url) if url else None
