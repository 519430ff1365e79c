"""Resend: a mail goes out once more, because somebody asked for it."""

from prorata.engine.mail.post import hand_over, link_of
from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import Params
from prorata.model.transaction import Tx
from prorata.resources.core.mail import Mail, MailPrivate

ENDED = ("failed", "kept", "sent", "unknown")


class MailResendParams(Params, kw_only=True):
    """No parameters but `expand`."""


@operation("POST /v1/prorata/mails/{id}/resend")
def resend(tx: Tx, mail: Mail, params: MailResendParams) -> Mail:
    """Send a mail once more, word for word, as a new one.

    Raises InvalidRequest for one that has not been sent yet or never was to be, and for one whose
    link is spent.
    """
    former: MailPrivate = mail.private
    if mail.state not in ENDED:
        raise InvalidRequest(
            f"Only a mail that is {', '.join(ENDED)} can be sent again. This one is {mail.state}."
        )
    if former.spent:
        raise InvalidRequest("The link in this mail is spent. Let its reader ask for a new one.")
    again = Mail(
        id=tx.new_id(Mail, owner=mail.customer),
        about=mail.about,
        created=tx.now,
        customer=mail.customer,
        kind=mail.kind,
        livemode=mail.livemode,
        locale=mail.locale,
        state="kept",
        to=mail.to,
    )
    request = tx.request.id if tx.request is not None else tx.now
    again.private = MailPrivate(
        facts=dict(former.facts), once=f"{former.once} {request}", refusal=former.refusal
    )
    link = link_of(tx, mail)
    if link is not None:
        again.private.link = tx.seals.seal(link, again.id)
    hand_over(tx, again)
    return tx.add(again)
