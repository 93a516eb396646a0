"""CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE (RFC 9051 §6.3.4-8, RFC 6154 §3, RFC 8474 §4)."""

from posthouse.foundation.errors import AlreadyExists
from posthouse.model.mailbox import SEPARATOR, SpecialUse
from posthouse.protocols.imap.commands.mailboxes import Create, Delete, Rename, Subscribe, Unsubscribe
from posthouse.protocols.imap.responses.codes import CANNOT, HASCHILDREN, USEATTR, mailbox_id
from posthouse.servers.imap.answers import Done, No
from posthouse.servers.imap.object_ids import mailbox_object_id
from posthouse.servers.imap.session import Session
from posthouse.servers.imap.special_use import BY_ATTRIBUTE


async def create(session: Session, command: Create) -> Done:
    """Make a mailbox; a separator at its end only says that there will be others below (RFC 9051 §6.3.4)."""
    _, folders = session.the_mail()
    mail, name = await folders.spot(command.mailbox.removesuffix(SEPARATOR))
    if not name:
        raise No("A mailbox needs a name", CANNOT)
    use = _special_use(command.special_uses)
    try:
        mailbox = await mail.create_mailbox(name, use)
    except AlreadyExists as error:
        if use is not None and "mailbox for" in str(error):
            raise No(str(error), USEATTR) from None
        raise
    return Done("Mailbox created", mailbox_id(mailbox_object_id(mailbox.id)))


def _special_use(attributes: tuple[str, ...]) -> SpecialUse | None:
    """Read USE. Raises: No, code USEATTR, for what is no use and for several at once."""
    uses = [BY_ATTRIBUTE.get(attribute.lower()) for attribute in attributes]
    if len(uses) > 1 or None in uses:
        raise No("A mailbox cannot be made for this use", USEATTR)
    return uses[0] if uses else None


async def delete(session: Session, command: Delete) -> Done:
    """Delete a mailbox; those below it stay."""
    _, folders = session.the_mail()
    try:
        folder = await folders.find(command.mailbox)
    except No:
        spot = await folders.spot(command.mailbox)
        if any(mailbox.name.startswith(spot.name + SEPARATOR) for mailbox in await spot.mail.mailboxes()):
            raise No("There are mailboxes below this name, and none of this name", HASCHILDREN) from None
        raise
    await folder.mail.delete_mailbox(folder.mailbox.id)
    return Done("Mailbox deleted")


async def rename(session: Session, command: Rename) -> Done:
    """Rename a mailbox with all below it."""
    _, folders = session.the_mail()
    folder = await folders.find(command.mailbox)
    spot = await folders.spot(command.new_name.removesuffix(SEPARATOR))
    if spot.mail.account_id != folder.mail.account_id:
        raise No("A mailbox stays in its account: make one there and move the messages", CANNOT)
    await folder.mail.rename_mailbox(folder.mailbox.id, spot.name)
    return Done("Mailbox renamed")


async def subscribe(session: Session, command: Subscribe) -> Done:
    """Subscribe to a name, whether there is such a mailbox or not."""
    mail, _ = session.the_mail()
    await mail.subscribe(command.mailbox, True)
    return Done("Subscribed")


async def unsubscribe(session: Session, command: Unsubscribe) -> Done:
    """End a subscription; ending what is none is no failure."""
    mail, _ = session.the_mail()
    await mail.subscribe(command.mailbox, False)
    return Done("Unsubscribed")
