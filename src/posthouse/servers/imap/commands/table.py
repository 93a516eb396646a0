"""Who serves which command. A new command is one line here."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from posthouse.protocols.imap.commands import append as append_command
from posthouse.protocols.imap.commands import copy as copy_command
from posthouse.protocols.imap.commands import fetch as fetch_command
from posthouse.protocols.imap.commands import list as list_command
from posthouse.protocols.imap.commands import mailboxes as mailboxes_command
from posthouse.protocols.imap.commands import replace as replace_command
from posthouse.protocols.imap.commands import select as select_command
from posthouse.protocols.imap.commands import status as status_command
from posthouse.protocols.imap.commands import store as store_command
from posthouse.protocols.imap.commands import uid_batches as uid_batches_command
from posthouse.protocols.imap.commands.notify import command as notify_command
from posthouse.protocols.imap.commands.search import command as search_command
from posthouse.protocols.imap.commands.search import esearch as esearch_command
from posthouse.protocols.imap.commands.search import sort as sort_command
from posthouse.protocols.imap.commands.search import thread as thread_command
from posthouse.protocols.imap.commands.session import authentication as authentication_command
from posthouse.protocols.imap.commands.session import compress as compress_command
from posthouse.protocols.imap.commands.session import general as session_command
from posthouse.protocols.imap.commands.session import language as language_command
from posthouse.protocols.imap.commands.sharing import acl as acl_command
from posthouse.protocols.imap.commands.sharing import metadata as metadata_command
from posthouse.protocols.imap.commands.sharing import quota as quota_command
from posthouse.protocols.imap.commands.table import Command
from posthouse.protocols.imap.commands.urls import urlauth as urlauth_command
from posthouse.servers.imap.answers import Done
from posthouse.servers.imap.commands import append, copy, fetch, mailboxes, select, status, store, uid_batches
from posthouse.servers.imap.commands import list as listing
from posthouse.servers.imap.commands.notify import command as notify
from posthouse.servers.imap.commands.numbers import names_numbers
from posthouse.servers.imap.commands.search import esearch, search, sort, thread
from posthouse.servers.imap.commands.session import authentication, compress, language
from posthouse.servers.imap.commands.session import general as session
from posthouse.servers.imap.commands.sharing import acl, metadata, quota
from posthouse.servers.imap.commands.urls import keys, url_fetch
from posthouse.servers.imap.session import Session


class Handler(NamedTuple):
    """``serve`` takes the session and the command, and returns how it ended, or None where the answer is given elsewhere.

    ``tells_expunges``: whether EXPUNGE may be told before the tagged response (RFC 9051 §7.5.1).
    """

    serve: Callable[[Session, Any], Awaitable[Done | None]]
    tells_expunges: bool = True


HANDLERS: Final[dict[type[Command], Callable[[Session, Any], Awaitable[Done | None]]]] = {
    session_command.Capability: session.capability,
    session_command.Noop: session.noop,
    session_command.Logout: session.logout,
    session_command.Idle: session.idle,
    session_command.Namespace: session.namespace,
    session_command.Id: session.id_,
    session_command.Enable: session.enable,
    session_command.Unauthenticate: session.unauthenticate,
    authentication_command.StartTls: authentication.starttls,
    authentication_command.Authenticate: authentication.authenticate,
    authentication_command.Login: authentication.login,
    compress_command.Compress: compress.compress,
    language_command.Language: language.language,
    mailboxes_command.Create: mailboxes.create,
    mailboxes_command.Delete: mailboxes.delete,
    mailboxes_command.Rename: mailboxes.rename,
    mailboxes_command.Subscribe: mailboxes.subscribe,
    mailboxes_command.Unsubscribe: mailboxes.unsubscribe,
    select_command.Select: select.select,
    select_command.Examine: select.examine,
    select_command.Check: select.check,
    select_command.Close: select.close,
    select_command.Unselect: select.unselect,
    select_command.Expunge: select.expunge,
    list_command.List: listing.list_,
    list_command.Lsub: listing.lsub,
    status_command.Status: status.status,
    search_command.Search: search.search,
    search_command.CancelUpdate: search.cancel_update,
    esearch_command.MultiSearch: esearch.esearch,
    sort_command.Sort: sort.sort,
    thread_command.Thread: thread.thread,
    fetch_command.Fetch: fetch.fetch,
    store_command.Store: store.store,
    copy_command.Copy: copy.copy,
    copy_command.Move: copy.move,
    append_command.Append: append.append,
    replace_command.Replace: append.replace,
    uid_batches_command.UidBatches: uid_batches.uid_batches,
    acl_command.GetAcl: acl.get_acl,
    acl_command.SetAcl: acl.set_acl,
    acl_command.DeleteAcl: acl.delete_acl,
    acl_command.ListRights: acl.list_rights,
    acl_command.MyRights: acl.my_rights,
    quota_command.GetQuota: quota.get_quota,
    quota_command.GetQuotaRoot: quota.get_quota_root,
    quota_command.SetQuota: quota.set_quota,
    urlauth_command.ResetKey: keys.reset_key,
    urlauth_command.GenUrlAuth: keys.gen_urlauth,
    urlauth_command.UrlFetch: url_fetch.url_fetch,
    metadata_command.GetMetadata: metadata.get_metadata,
    metadata_command.SetMetadata: metadata.set_metadata,
    notify_command.Notify: notify.notify,
}
_BY_NUMBER: Final = (fetch_command.Fetch, store_command.Store, search_command.Search, sort_command.Sort, thread_command.Thread)
"""While these are answered by message number, no number may change."""


def handler_of(command: Command) -> Handler:
    """Who serves ``command``."""
    return Handler(HANDLERS[type(command)], not (isinstance(command, _BY_NUMBER) and names_numbers(command)))
