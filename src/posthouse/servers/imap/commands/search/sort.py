"""SORT and UID SORT (RFC 5256 §3, RFC 5957), with the result options of ESORT (RFC 5267 §3)."""

from posthouse.protocols.imap.commands.search.keys import Fuzzy, mentions
from posthouse.protocols.imap.commands.search.returns import SearchReturn
from posthouse.protocols.imap.commands.search.sort import Sort, SortKey
from posthouse.protocols.imap.responses import search as response
from posthouse.servers.imap.answers import Bad, Done
from posthouse.servers.imap.commands.search.filters import with_filters
from posthouse.servers.imap.commands.search.looking import ALL, SAVE_ALONE, catalogue_of, look, result, saved, tell
from posthouse.servers.imap.commands.search.updating import keep_updated
from posthouse.servers.imap.searching.sorting import in_order
from posthouse.servers.imap.session import Session


async def sort(session: Session, command: Sort) -> Done:
    """Find messages and put them in order.

    Raises: Bad for RELEVANCY without FUZZY (RFC 6203 §5); what finding and sorting raise.
    """
    command = await with_filters(session, command)
    if any(criterion.key is SortKey.RELEVANCY for criterion in command.criteria) and not mentions(command.keys, Fuzzy):
        raise Bad("RELEVANCY wants a FUZZY key")
    selected = session.the_selected()
    with session.patience():
        hits = await look(session, selected, command.keys, command.returns)
        order = await in_order(hits, command.criteria, catalogue_of(session, selected))
    returns = command.returns or ALL
    found = result(hits, order, command.keys, returns, uid=command.uid)
    if command.returns is None:
        await tell(session, response.sort(found))
        return Done("Sort completed")
    if SearchReturn.SAVE in returns.options:
        selected.saved = saved(hits, returns)
    if returns != SAVE_ALONE:
        correlator = response.Correlator(session.tag)
        session.write(response.esearch(correlator, found, returns.options, returns.partial, uid=command.uid))
    if SearchReturn.UPDATE in returns.options:
        keep_updated(session, hits, command.keys, (command.criteria, order), uid=command.uid)
    return Done("Sort completed")
