"""A transmission in the words of the protocol."""

from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.model.delivery import Recipient
from posthouse.ports.transmitter import Transmission
from posthouse.protocols.smtp.client.transaction import Envelope
from posthouse.protocols.smtp.commands import Rcpt
from posthouse.protocols.smtp.types import Body, DeliverBy, MailParameters, Notify, OriginalRecipient, RcptParameters, Ret


def envelope_of(transmission: Transmission) -> Envelope:
    """The envelope of a transmission.

    Raises: InvalidMailbox for an address no server would understand.
    """
    smtputf8 = transmission.smtputf8 or _needs_smtputf8(transmission)
    return Envelope(
        parse_mailbox(transmission.reverse_path) if transmission.reverse_path else None,
        tuple(_rcpt(recipient) for recipient in transmission.recipients),
        transmission.content.size_octets,
        MailParameters(
            body=_body(transmission),
            smtputf8=smtputf8,
            ret=Ret(transmission.return_content) if transmission.return_content else None,
            envid=transmission.envelope_id or None,
            require_tls=transmission.require_tls,
            deliver_by=_deliver_by(transmission),
            priority=transmission.priority or None,
        ),
    )


def _needs_smtputf8(transmission: Transmission) -> bool:
    """A message that came with SMTPUTF8 needs it onwards; so does one whose alias leads to an address in UTF-8."""
    addresses = (transmission.reverse_path, *(recipient.address for recipient in transmission.recipients))
    return not all(address.isascii() for address in addresses)


def _body(transmission: Transmission) -> Body | None:
    if transmission.binary:
        return Body.BINARY_MIME
    return Body.EIGHT_BIT_MIME if transmission.eight_bit else None


def _deliver_by(transmission: Transmission) -> DeliverBy | None:
    mode = transmission.deliver_mode
    return DeliverBy(transmission.deliver_within, mode[0], trace=mode.endswith("T")) if mode else None


def _rcpt(recipient: Recipient) -> Rcpt:
    kind, _, original = recipient.original_recipient.partition(";")
    return Rcpt(
        parse_mailbox(recipient.address),
        RcptParameters(
            notify=Notify(recipient.notify) if recipient.notify else None,
            orcpt=OriginalRecipient(kind, original) if original else None,
        ),
    )
