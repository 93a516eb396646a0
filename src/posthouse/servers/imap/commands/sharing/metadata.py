"""GETMETADATA and SETMETADATA (RFC 5464); what a mailbox is for can be said there too (RFC 6154 §4)."""

from collections.abc import Sequence
from typing import Final

from posthouse.foundation.errors import Invalid, LimitReached, NotPermitted, TooLarge
from posthouse.model.mailbox import SpecialUse
from posthouse.model.settings.people import METADATA_ADMIN
from posthouse.model.sharing.annotation import VALUE_OCTETS, check_entry
from posthouse.protocols.imap.commands.sharing.metadata import ENDLESS, GetMetadata, SetMetadata
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses import sharing as response
from posthouse.servers.imap.answers import Bad, Done, No
from posthouse.servers.imap.folders.by_name import Folder
from posthouse.servers.imap.session import Session
from posthouse.servers.imap.special_use import ATTRIBUTES, BY_ATTRIBUTE
from posthouse.services.mail import Mail

SPECIAL_USE: Final = "/private/specialuse"
ADMIN: Final = "/shared/admin"


async def get_metadata(session: Session, command: GetMetadata) -> Done:
    """Say what is written; entries that are longer than wanted are left out, and the longest of them is told."""
    wanted = [_checked(name) for name in command.entries]
    held = await _held(session, command.mailbox)
    found = {name: held[name] for name in _meant(wanted, command.depth, held)}
    longest = 0
    if command.max_size is not None:
        longest = max((len(value) for value in found.values() if len(value) > command.max_size), default=0)
        found = {name: value for name, value in found.items() if len(value) <= command.max_size}
    if found:
        session.write(response.metadata(command.mailbox, found, utf8=session.connection.utf8))
    return Done("Metadata told", codes.metadata_long_entries(longest) if longest else b"")


async def set_metadata(session: Session, command: SetMetadata) -> Done:
    """Write entries, all or none."""
    entries = {_checked(name): value for name, value in command.entries}
    if not command.mailbox:
        await _set_for_server(session, entries)
        return Done("Metadata set")
    _, folders = session.the_mail()
    folder = await folders.find(command.mailbox)
    has_use = SPECIAL_USE in entries
    use = _special_use(entries.pop(SPECIAL_USE)) if has_use else None
    if entries:
        await _annotate(folder.mail, folder, entries)
    if has_use:
        await folder.mail.set_special_use(folder.mailbox.id, use)
    return Done("Metadata set")


async def metadata_line(session: Session, folder: Folder, wanted: Sequence[str]) -> bytes:
    """``* METADATA`` for LIST: every entry asked for, NIL where it is not there (RFC 9590 §3)."""
    names = [_checked(name) for name in wanted]
    try:
        held = await _written(folder)
    except NotPermitted:
        return b""
    return response.metadata(folder.name, {name: held.get(name) for name in names}, utf8=session.connection.utf8)


async def _held(session: Session, name: str) -> dict[str, bytes]:
    """All entries of a mailbox, or of the server for the empty name."""
    mail, folders = session.the_mail()
    if name:
        return await _written(await folders.find(name))
    held = await mail.annotations(None)
    admin = session.house.settings[METADATA_ADMIN]
    held = {entry: value for entry, value in held.items() if not entry.startswith("/shared/")}
    return {ADMIN: admin.encode(), **held} if admin else held


async def _written(folder: Folder) -> dict[str, bytes]:
    held = await folder.mail.annotations(folder.mailbox.id)
    use = ATTRIBUTES.get(folder.mailbox.special_use) if folder.mailbox.special_use is not None else None
    if use is not None:
        held[SPECIAL_USE] = use
    return held


def _meant(wanted: Sequence[str], depth: int, held: dict[str, bytes]) -> list[str]:
    """Entries that are there and meant: those named, and so many levels below them."""
    return [name for name in held if any(_is_below(name, top, depth) for top in wanted)]


def _is_below(name: str, top: str, depth: int) -> bool:
    if name == top:
        return True
    rest = name.removeprefix(top + "/")
    return bool(depth) and rest != name and (depth == ENDLESS or "/" not in rest)


async def _set_for_server(session: Session, entries: dict[str, bytes | None]) -> None:
    """One's own entries are kept in one's account; those everybody sees are the operator's, who has settings for them."""
    mail, _ = session.the_mail()
    if any(name.startswith("/shared/") for name in entries):
        raise No("What everybody sees of the server is set by its operator", codes.NOPERM)
    await _annotate(mail, None, entries)


async def _annotate(mail: Mail, folder: Folder | None, entries: dict[str, bytes | None]) -> None:
    """Write. Raises: No, with the code of RFC 5464 §5 for what is too much."""
    try:
        await mail.annotate(None if folder is None else folder.mailbox.id, entries)
    except TooLarge as error:
        raise No(str(error), codes.metadata_max_size(VALUE_OCTETS)) from None
    except LimitReached as error:
        raise No(str(error), codes.METADATA_TOOMANY) from None


def _checked(name: str) -> str:
    """Raises: Bad for a name no entry may have."""
    if name.lower() in ("/private", "/shared"):
        return name.lower()
    try:
        return check_entry(name)
    except Invalid as error:
        raise Bad(str(error)) from None


def _special_use(value: bytes | None) -> SpecialUse | None:
    """Read the attributes of a mailbox. Raises: No, code USEATTR, for what is no use and for several at once."""
    words = (value or b"").decode("ascii", "replace").split()
    uses = [BY_ATTRIBUTE.get(word.lower()) for word in words]
    if len(uses) > 1 or None in uses:
        raise No("A mailbox cannot be for this", codes.USEATTR)
    return uses[0] if uses else None
