"""Money: letters about what was paid, given back, credited, or is to be paid."""

from prorata.web.mail.letter import Letter, Pen, Row, lines, sums


def receipt(pen: Pen) -> Letter:
    """Write the receipt of a payment."""
    _ = pen.text
    amount, date = pen.amount(pen.fact("amount")), pen.date(pen.fact("paid_at"))
    known = [
        (_("Receipt number"), pen.fact("receipt")),
        (_("Invoice number"), pen.fact("invoice")),
        (_("Date paid"), date),
        (_("Payment method"), pen.method),
    ]
    billed = lines(pen) or [Row(pen.fact("description") or _("Payment"), amount)]
    return Letter(
        subject=_("Your receipt from {seller}", seller=pen.seller),
        title=_("Thank you for your payment"),
        preview=_("{amount} paid on {date}", amount=amount, date=date),
        figure=amount,
        figure_note=_("Paid on {date}", date=date),
        facts=_known(known),
        lines=billed,
        sums=sums(pen, _("Amount paid"), pen.fact("amount")),
        button=_maybe(_("View your receipt"), pen.fact("receipt_url")),
        links=_invoice_pdf(pen),
    )


def refund(pen: Pen) -> Letter:
    """Write the receipt of a refund."""
    _ = pen.text
    amount = pen.amount(pen.fact("amount"))
    known = [
        (_("Refunded on"), pen.date(pen.fact("refunded_at"))),
        (_("Invoice number"), pen.fact("invoice")),
        (_("Amount paid"), pen.amount(pen.fact("paid"))),
        (_("Paid on"), pen.date(pen.fact("paid_at"))),
    ]
    where = pen.method
    said = (
        _("The money is on its way to your {method}. Banks take 5 to 10 days to show it.",
          method=where)
        if where
        else _("The money is on its way to you. Banks take 5 to 10 days to show it.")
    )  # fmt: skip
    return Letter(
        subject=_("Your refund from {seller}", seller=pen.seller),
        title=_("You were given a refund"),
        preview=said,
        figure=amount,
        figure_note=_("Refunded on {date}", date=pen.date(pen.fact("refunded_at"))),
        paragraphs=[said],
        facts=_known(known),
        button=_maybe(_("View your receipt"), pen.fact("receipt_url")),
    )


def invoice(pen: Pen) -> Letter:
    """Write an invoice that is to be paid."""
    _ = pen.text
    number, due = pen.fact("invoice"), pen.fact("due_date")
    letter = _bill(pen)
    letter.subject = _("Invoice {number} from {seller}", number=number, seller=pen.seller)
    letter.title = _("Your invoice from {seller}", seller=pen.seller)
    if pen.fact("due"):
        letter.button = _maybe(_("Pay this invoice"), pen.fact("url"))
        if due is not None:
            letter.preview = _(
                "{amount} is due on {date}", amount=pen.amount(pen.fact("due")), date=pen.date(due)
            )
    else:
        letter.button = _maybe(_("View this invoice"), pen.fact("url"))
    if memo := pen.fact("memo"):
        letter.paragraphs.append(memo)
    return letter


def invoice_reminder(pen: Pen) -> Letter:
    """Write what reminds of an invoice, before its day and after it."""
    _ = pen.text
    number, due = pen.fact("invoice"), pen.fact("due_date")
    letter = _bill(pen)
    letter.button = _maybe(_("Pay this invoice"), pen.fact("url"))
    if pen.fact("now") < due:
        letter.subject = _(
            "Reminder: invoice {number} from {seller} is due soon", number=number,
            seller=pen.seller,
        )  # fmt: skip
        letter.title = _("Your invoice is due soon")
        letter.paragraphs.append(_("This is to remind you of an invoice that is not paid yet."))
    else:
        letter.subject = _(
            "Invoice {number} from {seller} is overdue", number=number, seller=pen.seller
        )
        letter.title = _("Your invoice is overdue")
        letter.paragraphs.append(
            _("It was due on {date} and has not been paid. Please pay it now.", date=pen.date(due))
        )
    letter.quiet.append(_("If you have paid in the meantime, there is nothing left to do."))
    return letter


def payment_failed(pen: Pen) -> Letter:
    """Write that a payment failed, what comes next, and how to mend it."""
    _ = pen.text
    letter = _bill(pen)
    letter.subject = _("Your payment to {seller} did not go through", seller=pen.seller)
    letter.title = _("Your payment did not go through")
    method = pen.method
    reasons = {
        "card_declined": _("Your bank declined the payment."),
        "expired_card": _("The card has expired."),
        "incorrect_cvc": _("The security code of the card was wrong."),
        "insufficient_funds": _("There was not enough money on the account."),
    }
    said = (
        _("We could not charge {amount} to your {method}.", amount=letter.figure, method=method)
        if method
        else _("We could not charge {amount}.", amount=letter.figure)
    )
    if reason := reasons.get(pen.fact("reason") or ""):
        said = f"{said} {reason}"
    letter.paragraphs.append(said)
    if pen.fact("next_attempt"):
        letter.paragraphs.append(
            _("Pay with another card now, or we will try again on {date}.",
              date=pen.date(pen.fact("next_attempt")))
        )  # fmt: skip
    else:
        letter.paragraphs.append(
            _("We will not try again by ourselves. Please pay with another card.")
        )
    letter.preview = said
    letter.button = _maybe(_("Pay now"), pen.fact("url"))
    return letter


def payment_action(pen: Pen) -> Letter:
    """Write that the payer's bank wants a payment to be confirmed."""
    _ = pen.text
    letter = _bill(pen)
    again = pen.fact("again")
    letter.subject = (
        _("Reminder: confirm your payment to {seller}", seller=pen.seller)
        if again
        else _("Confirm your payment to {seller}", seller=pen.seller)
    )
    letter.title = _("Please confirm your payment")
    method = pen.method
    said = (
        _("The bank of your {method} asks you to confirm this payment. It takes a minute.",
          method=method)
        if method
        else _("Your bank asks you to confirm this payment. It takes a minute.")
    )  # fmt: skip
    letter.paragraphs += [said, _("Until then the payment is not made.")]
    letter.preview = said
    letter.button = _maybe(_("Confirm the payment"), pen.fact("url"))
    return letter


def credit_note(pen: Pen) -> Letter:
    """Write a credit note, and where its money goes."""
    _ = pen.text
    number, invoice_number = pen.fact("note"), pen.fact("invoice")
    amount = pen.amount(pen.fact("amount"))
    said = []
    if pen.fact("owed_less"):
        said.append(
            _("You owe {amount} less on invoice {number}.",
              amount=pen.amount(pen.fact("owed_less")), number=invoice_number)
        )  # fmt: skip
    if pen.fact("refunded"):
        said.append(
            _("{amount} goes back to the way you paid. Banks take 5 to 10 days to show it.",
              amount=pen.amount(pen.fact("refunded")))
        )  # fmt: skip
    if (pen.fact("balance") or 0) > 0:
        said.append(
            _("{amount} was added to your balance, for your next invoices.",
              amount=pen.amount(pen.fact("balance")))
        )  # fmt: skip
    if memo := pen.fact("memo"):
        said.append(memo)
    return Letter(
        subject=_("Credit note {number} from {seller}", number=number, seller=pen.seller),
        title=_("Your credit note from {seller}", seller=pen.seller),
        preview=said[0] if said else "",
        figure=amount,
        figure_note=_("Credited on invoice {number}", number=invoice_number),
        paragraphs=said,
        facts=[Row(_("Credit note number"), number), Row(_("Invoice number"), invoice_number)],
        lines=lines(pen),
        sums=[Row(_("Total credited"), amount, strong=True)],
        button=_maybe(_("Download the credit note"), pen.fact("pdf")),
    )


def _bill(pen: Pen) -> Letter:
    """Return what all letters about an invoice show of it."""
    _ = pen.text
    due, day = pen.amount(pen.fact("due") or 0), pen.fact("due_date")
    known = [
        (_("Invoice number"), pen.fact("invoice")),
        (_("Due date"), pen.date(day) if day is not None else None),
    ]
    return Letter(
        subject="",
        title="",
        figure=due,
        figure_note=_("Due on {date}", date=pen.date(day)) if day is not None else None,
        facts=_known(known),
        lines=lines(pen),
        sums=sums(pen, _("Amount due"), pen.fact("due") or 0),
        links=_invoice_pdf(pen),
    )


def _maybe(label: str, url: str | None) -> tuple[str, str] | None:
    return (label, url) if url else None


def _known(facts: list[tuple[str, str | None]]) -> list[Row]:
    return [Row(name, value) for name, value in facts if value]


def _invoice_pdf(pen: Pen) -> list[tuple[str, str]]:
    url = pen.fact("pdf")
    return [(pen.text("Download the invoice"), url)] if url else []
