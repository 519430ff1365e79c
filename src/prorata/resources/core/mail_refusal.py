"""Mail refusals: addresses whose readers want no mails that are not about what they bought."""

from prorata.model.resource import Resource, column, resource


@resource(
    prefix="mref",
    columns=(column("address", unique=True),),
    owner=lambda refusal: None,
    missing_name="mail refusal",
)
class MailRefusal(Resource, tag="prorata.mail_refusal", kw_only=True):
    """address: in small letters. mail: the one in which its reader asked for no more."""

    address: str
    created: int
    livemode: bool
    mail: str | None = None
