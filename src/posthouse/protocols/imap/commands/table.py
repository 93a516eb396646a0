"""The table of commands: what they are called, who reads and who writes their arguments. A new command is one line here."""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from posthouse.protocols.imap.commands import (
    append,
    copy,
    fetch,
    list,  # noqa: A004 -- the module is called after the command
    mailboxes,
    replace,
    select,
    status,
    store,
    uid_batches,
)
from posthouse.protocols.imap.commands.notify import command as notify
from posthouse.protocols.imap.commands.search import command as search
from posthouse.protocols.imap.commands.search import esearch, sort, thread
from posthouse.protocols.imap.commands.session import authentication, compress, language
from posthouse.protocols.imap.commands.session import general as session
from posthouse.protocols.imap.commands.sharing import acl, metadata, quota
from posthouse.protocols.imap.commands.urls import urlauth
from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.cursor import Cursor

Command = (
    session.Capability
    | session.Noop
    | session.Logout
    | session.Idle
    | session.Namespace
    | session.Id
    | session.Enable
    | session.Unauthenticate
    | compress.Compress
    | language.Language
    | authentication.StartTls
    | authentication.Authenticate
    | authentication.Login
    | mailboxes.Create
    | mailboxes.Delete
    | mailboxes.Rename
    | mailboxes.Subscribe
    | mailboxes.Unsubscribe
    | select.Select
    | select.Examine
    | select.Check
    | select.Close
    | select.Unselect
    | select.Expunge
    | list.List
    | list.Lsub
    | status.Status
    | search.Search
    | search.CancelUpdate
    | esearch.MultiSearch
    | sort.Sort
    | thread.Thread
    | fetch.Fetch
    | store.Store
    | copy.Copy
    | copy.Move
    | append.Append
    | replace.Replace
    | uid_batches.UidBatches
    | acl.GetAcl
    | acl.SetAcl
    | acl.DeleteAcl
    | acl.ListRights
    | acl.MyRights
    | quota.GetQuota
    | quota.GetQuotaRoot
    | quota.SetQuota
    | metadata.GetMetadata
    | metadata.SetMetadata
    | notify.Notify
    | urlauth.ResetKey
    | urlauth.GenUrlAuth
    | urlauth.UrlFetch
)


class Entry(msgspec.Struct, frozen=True):
    """One row: the value's type, the reader of its arguments, and the writer, which takes the value and perhaps ``utf8``."""

    type: type[Command]
    parse: Callable[[Cursor], Command]
    serialise: Callable[..., bytes]
    names_mailbox: bool = False
    """Whether ``serialise`` wants ``utf8``, because the arguments hold a mailbox name."""


def _plain(value: Command) -> Entry:
    """Make the row of a command without arguments."""
    return Entry(type(value), lambda _: value, lambda _: b"")


def _append(cursor: Cursor) -> append.Append:
    """An APPEND or REPLACE that got here has no message: those that have are read by ``connection.py`` in turns."""
    raise cursor.violation("the message literal is missing")


COMMANDS: Final[dict[bytes, Entry]] = {
    b"CAPABILITY": _plain(session.Capability()),
    b"NOOP": _plain(session.Noop()),
    b"LOGOUT": _plain(session.Logout()),
    b"ID": Entry(session.Id, session.id_parameters, session.serialise_id),
    b"STARTTLS": _plain(authentication.StartTls()),
    b"AUTHENTICATE": Entry(authentication.Authenticate, authentication.authenticate, authentication.serialise_authenticate),
    b"LOGIN": Entry(authentication.Login, authentication.login, authentication.serialise_login),
    b"ENABLE": Entry(session.Enable, session.enable, session.serialise_enable),
    b"COMPRESS": Entry(compress.Compress, compress.compress, compress.serialise_compress),
    b"LANGUAGE": Entry(language.Language, language.language, language.serialise_language),
    b"SELECT": Entry(select.Select, select.select, select.serialise_select, names_mailbox=True),
    b"EXAMINE": Entry(select.Examine, select.examine, select.serialise_select, names_mailbox=True),
    b"CREATE": Entry(mailboxes.Create, mailboxes.create, mailboxes.serialise_create, names_mailbox=True),
    b"DELETE": Entry(mailboxes.Delete, mailboxes.delete, mailboxes.serialise_mailbox_argument, names_mailbox=True),
    b"RENAME": Entry(mailboxes.Rename, mailboxes.rename, mailboxes.serialise_rename, names_mailbox=True),
    b"SUBSCRIBE": Entry(mailboxes.Subscribe, mailboxes.subscribe, mailboxes.serialise_mailbox_argument, names_mailbox=True),
    b"UNSUBSCRIBE": Entry(mailboxes.Unsubscribe, mailboxes.unsubscribe, mailboxes.serialise_mailbox_argument, names_mailbox=True),
    b"LIST": Entry(list.List, list.list_, list.serialise_list, names_mailbox=True),
    b"LSUB": Entry(list.Lsub, list.lsub, list.serialise_lsub, names_mailbox=True),
    b"NAMESPACE": _plain(session.Namespace()),
    b"STATUS": Entry(status.Status, status.status, status.serialise_status, names_mailbox=True),
    b"APPEND": Entry(append.Append, _append, append.serialise_append, names_mailbox=True),
    b"GETACL": Entry(acl.GetAcl, acl.get_acl, acl.serialise_get_acl, names_mailbox=True),
    b"SETACL": Entry(acl.SetAcl, acl.set_acl, acl.serialise_set_acl, names_mailbox=True),
    b"DELETEACL": Entry(acl.DeleteAcl, acl.delete_acl, acl.serialise_identified, names_mailbox=True),
    b"LISTRIGHTS": Entry(acl.ListRights, acl.list_rights, acl.serialise_identified, names_mailbox=True),
    b"MYRIGHTS": Entry(acl.MyRights, acl.my_rights, acl.serialise_get_acl, names_mailbox=True),
    b"GETQUOTA": Entry(quota.GetQuota, quota.get_quota, quota.serialise_get_quota),
    b"GETQUOTAROOT": Entry(quota.GetQuotaRoot, quota.get_quota_root, quota.serialise_get_quota_root, names_mailbox=True),
    b"SETQUOTA": Entry(quota.SetQuota, quota.set_quota, quota.serialise_set_quota),
    b"GETMETADATA": Entry(metadata.GetMetadata, metadata.get_metadata, metadata.serialise_get_metadata, names_mailbox=True),
    b"SETMETADATA": Entry(metadata.SetMetadata, metadata.set_metadata, metadata.serialise_set_metadata, names_mailbox=True),
    b"NOTIFY": Entry(notify.Notify, notify.notify, notify.serialise_notify, names_mailbox=True),
    b"RESETKEY": Entry(urlauth.ResetKey, urlauth.reset_key, urlauth.serialise_reset_key, names_mailbox=True),
    b"GENURLAUTH": Entry(urlauth.GenUrlAuth, urlauth.gen_urlauth, urlauth.serialise_gen_urlauth),
    b"URLFETCH": Entry(urlauth.UrlFetch, urlauth.url_fetch, urlauth.serialise_url_fetch),
    b"UNAUTHENTICATE": _plain(session.Unauthenticate()),
    b"IDLE": _plain(session.Idle()),
    b"CHECK": _plain(select.Check()),
    b"CLOSE": _plain(select.Close()),
    b"UNSELECT": _plain(select.Unselect()),
    b"EXPUNGE": _plain(select.Expunge()),
    b"SEARCH": Entry(search.Search, search.search, search.serialise_search),
    b"ESEARCH": Entry(esearch.MultiSearch, esearch.esearch, esearch.serialise_esearch, names_mailbox=True),
    b"SORT": Entry(sort.Sort, sort.sort, sort.serialise_sort),
    b"THREAD": Entry(thread.Thread, thread.thread, thread.serialise_thread),
    b"CANCELUPDATE": Entry(search.CancelUpdate, search.cancel_update, search.serialise_cancel_update),
    b"FETCH": Entry(fetch.Fetch, fetch.fetch, fetch.serialise_fetch),
    b"STORE": Entry(store.Store, store.store, store.serialise_store),
    b"COPY": Entry(copy.Copy, copy.copy, copy.serialise_copy, names_mailbox=True),
    b"MOVE": Entry(copy.Move, copy.move, copy.serialise_copy, names_mailbox=True),
    b"REPLACE": Entry(replace.Replace, _append, replace.serialise_replace, names_mailbox=True),
    b"UIDBATCHES": Entry(uid_batches.UidBatches, uid_batches.uid_batches, uid_batches.serialise_uid_batches),
    b"UID EXPUNGE": Entry(select.Expunge, select.uid_expunge, select.serialise_expunge),
    b"UID SEARCH": Entry(search.Search, search.uid_search, search.serialise_search),
    b"UID SORT": Entry(sort.Sort, sort.uid_sort, sort.serialise_sort),
    b"UID THREAD": Entry(thread.Thread, thread.uid_thread, thread.serialise_thread),
    b"UID FETCH": Entry(fetch.Fetch, fetch.uid_fetch, fetch.serialise_fetch),
    b"UID STORE": Entry(store.Store, store.uid_store, store.serialise_store),
    b"UID COPY": Entry(copy.Copy, copy.uid_copy, copy.serialise_copy, names_mailbox=True),
    b"UID MOVE": Entry(copy.Move, copy.uid_move, copy.serialise_copy, names_mailbox=True),
    b"UID REPLACE": Entry(replace.Replace, _append, replace.serialise_replace, names_mailbox=True),
}
"""Every command by its name in upper case; ``UID FETCH`` and its like are names of two words."""

_NAMES = {entry.type: name for name, entry in COMMANDS.items() if not name.startswith(b"UID ")}
_NAME = re.compile(rb"(?i:UID )?[A-Za-z]++")
_TAG = re.compile(rb'[^\x00-\x20(){%*"\\+\x7f-\xff]{1,64}+(?= )')


def tag_of(octets: bytes) -> bytes | None:
    """``tag = 1*<any ASTRING-CHAR except "+">``, at most 64, if a command begins with one and a space follows."""
    match = _TAG.match(octets)
    return match and match[0]


def parse(octets: bytes, position: int, *, utf8: bool) -> tuple[bytes, Command]:
    """Read one command but APPEND from its name, at ``position``, to its end without the line end.

    Returns: its name, as in ``COMMANDS``, and its value.
    Raises: SyntaxViolation; CharsetUnknown.
    """
    match = _NAME.match(octets, position)
    name = match[0].upper() if match else b""
    entry = COMMANDS.get(name)
    if match is None or entry is None:
        raise SyntaxViolation("unknown command", position)
    cursor = Cursor(octets, match.end(), utf8=utf8)
    command = entry.parse(cursor)
    if cursor.position != len(octets):
        cursor.expect_end()
    return name, command


def serialise(command: Command, *, utf8: bool) -> bytes:
    """Write a command from its name on, without tag and line end; strings that need one use a literal with ``{n}``."""
    name = name_of(command)
    entry = COMMANDS[name]
    return name + (entry.serialise(command, utf8=utf8) if entry.names_mailbox else entry.serialise(command))


def name_of(command: Command) -> bytes:
    """Name in ``COMMANDS``."""
    name = _NAMES[type(command)]
    is_uid = getattr(command, "uid", False) or getattr(command, "uids", None) is not None
    return b"UID " + name if is_uid else name
