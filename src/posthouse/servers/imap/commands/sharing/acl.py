"""GETACL SETACL DELETEACL LISTRIGHTS MYRIGHTS (RFC 4314 §3)."""

from typing import Final

from posthouse.foundation.errors import NotFound
from posthouse.model.account import Account
from posthouse.model.sharing.rights import ALL_RIGHTS, LETTERS, Right, format_rights, parse_rights, user_identifier
from posthouse.protocols.imap.commands.sharing.acl import DeleteAcl, GetAcl, ListRights, MyRights, RightsChange, SetAcl
from posthouse.protocols.imap.responses import sharing as response
from posthouse.protocols.imap.responses.codes import CANNOT, NONEXISTENT
from posthouse.servers.imap.answers import Bad, Done, No
from posthouse.servers.imap.folders.by_name import Folder
from posthouse.servers.imap.session import Session
from posthouse.services.sharing.rules import MYRIGHTS

_VIRTUAL: Final = {
    "c": Right.CREATE | Right.DELETE_MAILBOX,
    "d": Right.DELETE_MESSAGES | Right.EXPUNGE,
}
"""Rights of RFC 2086 that were divided (RFC 4314 §2.1.1)."""


async def get_acl(session: Session, command: GetAcl) -> Done:
    """Say who has which rights; the owner, who needs no grant, comes first."""
    folder, owner = await _administered(session, command.mailbox)
    people = session.house.people
    entries = [] if owner is None else [(owner.address, to_wire(ALL_RIGHTS))]
    held = await folder.mail.grants(folder.mailbox.id)
    entries += [(await people.shown(grant.identifier), to_wire(Right(grant.rights))) for grant in held]
    session.write(response.acl(folder.name, entries, utf8=session.connection.utf8))
    return Done("Rights listed")


async def set_acl(session: Session, command: SetAcl) -> Done:
    """Give, add or take rights.

    Raises: Bad for a letter that is no right; No for somebody who is not there.
    """
    rights = _from_wire(command.rights)
    folder, owner = await _administered(session, command.mailbox)
    identifier = await _identifier(session, command.identifier)
    if owner is not None and identifier == user_identifier(owner.id):
        if command.change is RightsChange.ADD or (command.change is RightsChange.REPLACE and rights == ALL_RIGHTS):
            return Done("The owner has all rights")
        raise No("The owner of a mailbox always has all rights", CANNOT)
    before = {grant.identifier: Right(grant.rights) for grant in await folder.mail.grants(folder.mailbox.id)}
    held = before.get(identifier, Right.NONE)
    if command.change is RightsChange.ADD:
        rights |= held
    elif command.change is RightsChange.REMOVE:
        rights = held & ~rights
    await session.house.granting.grant(folder.mail, folder.mailbox.id, identifier, rights)
    return Done("Rights set")


async def delete_acl(session: Session, command: DeleteAcl) -> Done:
    """Take all rights of an identifier."""
    folder, owner = await _administered(session, command.mailbox)
    identifier = await _identifier(session, command.identifier)
    if owner is not None and identifier == user_identifier(owner.id):
        raise No("The owner of a mailbox always has all rights", CANNOT)
    await session.house.granting.grant(folder.mail, folder.mailbox.id, identifier, Right.NONE)
    return Done("Rights taken")


async def list_rights(session: Session, command: ListRights) -> Done:
    """Say which rights an identifier always has, and which it may be given, each by itself."""
    folder, owner = await _administered(session, command.mailbox)
    identifier = await _identifier(session, command.identifier)
    is_owner = owner is not None and identifier == user_identifier(owner.id)
    required, optional = (to_wire(ALL_RIGHTS), "") if is_owner else ("", LETTERS + "".join(_VIRTUAL))
    session.write(response.list_rights(folder.name, command.identifier, required, optional, utf8=session.connection.utf8))
    return Done("Rights listed")


async def my_rights(session: Session, command: MyRights) -> Done:
    """Say what whoever asks may do."""
    _, folders = session.the_mail()
    folder = await folders.find(command.mailbox)
    if not await folder.mail.rights(folder.mailbox.id) & MYRIGHTS:
        raise No("There is no such mailbox", NONEXISTENT)
    session.write(await my_rights_line(session, folder))
    return Done("Rights told")


async def my_rights_line(session: Session, folder: Folder) -> bytes:
    """``* MYRIGHTS`` of a mailbox."""
    rights = await folder.mail.rights(folder.mailbox.id)
    return response.my_rights(folder.name, to_wire(rights), utf8=session.connection.utf8)


def to_wire(rights: Right) -> str:
    """Rights as letters, with the virtual ones of which any part is there (RFC 4314 §2.1.1)."""
    return format_rights(rights) + "".join([letter for letter, parts in _VIRTUAL.items() if rights & parts])


def _from_wire(letters: str) -> Right:
    """Read letters. Raises: Bad for one that is no right (RFC 4314 §3.1)."""
    rights = Right.NONE
    for letter in letters:
        if letter not in _VIRTUAL and letter not in LETTERS:
            raise Bad("There is no such right")
        rights |= _VIRTUAL.get(letter) or parse_rights(letter)
    return rights


async def _administered(session: Session, name: str) -> tuple[Folder, Account | None]:
    """A mailbox whose rights one may see and change, and its owner where that is a person.

    Raises: No; NotPermitted.
    """
    _, folders = session.the_mail()
    folder = await folders.find(name)
    await folder.mail.require(folder.mailbox.id, Right.ADMINISTER)
    return folder, await session.house.people.owner(folder.mail.account_id)


async def _identifier(session: Session, text: str) -> str:
    """The identifier somebody meant; a name without a domain is one of their own. Raises: No."""
    people, principal = session.house.people, session.principal
    assert principal is not None
    try:
        return await people.identifier(text, await people.account(principal.account_id))
    except NotFound as error:
        raise No(str(error), NONEXISTENT) from None
