"""The services and servers of a mail worker, made from its storage: the one list of who gets what."""

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from posthouse.bootstrap.outbound import TlsFacts, open_outbound
from posthouse.bootstrap.processes.listening import Contexts, MakeSession, switched
from posthouse.foundation.budget import Budget
from posthouse.foundation.ids import AccountId
from posthouse.ports.account_store import AccountStore
from posthouse.ports.audit import Audit
from posthouse.ports.bus import EVERYTHING, Bus
from posthouse.ports.clock import Clock
from posthouse.ports.directory import Directory
from posthouse.ports.dmarc_results import DmarcResults
from posthouse.ports.entropy import Entropy
from posthouse.ports.greylist import Greylist
from posthouse.ports.limiter import Limiter
from posthouse.ports.outgoing import Outgoing
from posthouse.ports.queue import Queue
from posthouse.ports.reports import Reports
from posthouse.ports.resolver import Resolver
from posthouse.ports.search import TextSearch
from posthouse.ports.spool import Spool
from posthouse.ports.trace import Trace
from posthouse.servers.imap.driver import ImapDriver
from posthouse.servers.imap.house import House as ImapHouse
from posthouse.servers.imap.urls.reader import ImapUrls
from posthouse.servers.pop3.house import House as Pop3House
from posthouse.servers.pop3.session import Pop3Session
from posthouse.servers.qmtp.house import House as QmtpHouse
from posthouse.servers.qmtp.session import qmtp_sessions
from posthouse.servers.smtp.house import House as SmtpHouse
from posthouse.servers.smtp.roles import Role
from posthouse.servers.smtp.session import SmtpSession
from posthouse.services.administer.outside.syncing import PeopleSync
from posthouse.services.administer.people.ending import Ending
from posthouse.services.administer.publishing.expiring import ExpiringKeys
from posthouse.services.authenticate import Authenticator
from posthouse.services.brakes.braking import BrakeParts, Brakes
from posthouse.services.connections import Connections
from posthouse.services.letters.expiring import ExpiryLetters
from posthouse.services.letters.filling import QuotaLetters
from posthouse.services.letters.into_mailboxes import MailboxLetters
from posthouse.services.letters.writing import LetterParts, Letters
from posthouse.services.receive.acceptance import GROUPS, REPORTS
from posthouse.services.receive.checks.parts import CheckParts, ContentParts
from posthouse.services.receive.forwarding import Forwarding
from posthouse.services.receive.pipeline import Pipeline
from posthouse.services.receive.receiver import Receiver, ReceivingParts
from posthouse.services.regularly import Regularly, Work
from posthouse.services.relay.distributing import Distributing, DistributingParts
from posthouse.services.relay.parts import RelayParts
from posthouse.services.relay.runner import Runner
from posthouse.services.replying.answering import AutoReplies, ReplyingParts
from posthouse.services.reports.counting import DmarcCounting
from posthouse.services.reports.posting import ReportingParts
from posthouse.services.reports.sending import ReportSending
from posthouse.services.reports.taking import ReportTaking
from posthouse.services.sessions import Sessions
from posthouse.services.settings import Settings
from posthouse.services.sharing.people import People
from posthouse.services.submit.submitter import Submitter, SubmittingParts
from posthouse.services.trust.signing import Signer
from posthouse.services.urls.authorising import AuthorisedUrls

HOUSEKEEPING_SECONDS = 900.0
CARE_SECONDS = 5.0


@dataclass
class MailHouse:
    """What a worker's servers and its runner work with."""

    hostname: str
    directory: Directory
    accounts: AccountStore
    text_search: TextSearch
    queue: Queue
    queues: Mapping[int, Queue]
    """Of all workers."""
    spool: Spool
    bus: Bus
    settings: Settings
    authenticator: Authenticator
    sessions: Sessions
    connections: Connections
    limiter: Limiter
    trace: Trace
    greylist: Greylist
    outgoing: Outgoing
    audit: Audit
    resolver: Resolver
    forwarding: Forwarding
    signer: Signer
    dmarc_results: DmarcResults
    counting: DmarcCounting
    reports: Reports
    tls_facts: TlsFacts
    budget: Budget
    clock: Clock
    entropy: Entropy


def receiver_of(house: MailHouse) -> Receiver:
    """The way in."""
    return Receiver(
        ReceivingParts(
            house.hostname,
            house.directory,
            house.accounts,
            house.queue,
            house.spool,
            house.budget,
            house.settings,
            house.clock,
            house.entropy,
            house.trace,
            house.forwarding,
            Pipeline(
                CheckParts(house.hostname, house.resolver, house.greylist, house.settings, house.clock),
                ContentParts(
                    house.hostname, house.resolver, house.settings, house.spool, house.clock, house.entropy, house.counting
                ),
            ),
        )
    )


def replies_of(house: MailHouse) -> AutoReplies:
    """What accounts say by themselves."""
    return AutoReplies(
        ReplyingParts(
            house.hostname,
            house.directory,
            house.queue,
            house.outgoing,
            house.signer,
            house.clock,
            house.entropy,
            house.trace,
        )
    )


def brakes_of(house: MailHouse) -> Brakes:
    """What counts what accounts send."""
    letters = Letters(LetterParts(house.hostname, house.directory, house.queue, house.signer, house.clock, house.entropy))
    return Brakes(BrakeParts(house.directory, house.outgoing, house.queues, letters, house.settings, house.clock))


def urls_of(house: MailHouse) -> AuthorisedUrls:
    """URLs that give the right to read something."""
    people = People(house.directory, house.accounts)
    return AuthorisedUrls((house.accounts, house.clock, house.entropy), people, house.settings, ImapUrls(people))


def housekeeping_of(house: MailHouse, people: PeopleSync) -> Regularly:
    """What one worker does for the whole house now and then."""
    reports = ReportSending(
        ReportingParts(
            house.hostname,
            house.directory,
            house.dmarc_results,
            house.tls_facts.results,
            house.reports,
            house.queue,
            house.resolver,
            house.signer,
            house.settings,
            house.clock,
            house.entropy,
        )
    )
    keys = ExpiringKeys(house.directory, house.settings, house.clock)
    ending = Ending(house.directory, house.accounts, house.clock)
    expiring = ExpiryLetters(MailboxLetters(house.directory, house.accounts, house.clock), house.settings)
    work: dict[str, Work] = {
        "reports sent": reports.send_due,
        "signing keys removed": keys.remove_due,
        "aliases ended": ending.remove_aliases,
        "removed mailboxes purged": ending.purge_accounts,
        "letters about what expires": expiring.write_due,
        "mailboxes that follow LDAP": people.sync_due,
    }
    return Regularly(work, HOUSEKEEPING_SECONDS)


def mailbox_care_of(house: MailHouse, is_ours: Callable[[AccountId], bool]) -> Regularly:
    """What every worker does for its own accounts every few seconds."""
    filling = QuotaLetters(MailboxLetters(house.directory, house.accounts, house.clock), house.settings, is_ours)
    house.bus.subscribe(EVERYTHING, filling.named)
    return Regularly({"letters about full mailboxes": filling.write_due}, CARE_SECONDS)


class Relay:
    """The runner of this worker's queue, with its way out."""

    def __init__(self, house: MailHouse) -> None:
        self._outbound = outbound = open_outbound(house.hostname, house.settings, house.spool, house.tls_facts, house.resolver)
        self._runner = Runner(
            RelayParts(
                house.hostname,
                house.directory,
                house.accounts,
                house.queue,
                outbound.transmitter,
                house.resolver,
                house.bus,
                house.settings,
                house.clock,
                house.entropy,
                house.trace,
                outbound.policies,
                replies_of(house),
                brakes_of(house),
                {
                    GROUPS: Distributing(DistributingParts(house.directory, house.queue, house.forwarding, house.hostname)),
                    REPORTS: ReportTaking(house.reports, house.directory, house.queue, house.clock),
                },
            )
        )

    async def start(self) -> None:
        """Begin to work on the queue."""
        await self._runner.start()

    async def stop(self) -> None:
        """Finish what is under way; end idle connections."""
        await self._runner.stop()
        await self._outbound.stop()


def open_sessions(house: MailHouse, contexts: Contexts) -> dict[str, MakeSession]:
    """How to make a session for each kind of listener."""
    receiver = receiver_of(house)
    mx, lmtp = _smtp(house, receiver, contexts["smtp"], Role.MX), _smtp(house, receiver, contexts["lmtp"], Role.LMTP)
    submission = _smtp(house, receiver, contexts["submission"], Role.SUBMISSION)
    imap, pop3 = _imap(house, contexts["imap"]), _pop3(house, contexts["pop3"])
    made = {
        "smtp": mx,
        "lmtp": lmtp,
        "submission": submission,
        "submissions": submission,
        "qmtp": qmtp_sessions(QmtpHouse(receiver, house.connections, house.settings)),
        "imap": imap,
        "imaps": imap,
        "pop3": pop3,
        "pop3s": pop3,
    }
    return {name: switched(name, make_session, house.settings) for name, make_session in made.items()}


def _smtp(house: MailHouse, receiver: Receiver, context: ssl.SSLContext, role: Role) -> MakeSession:
    made = SmtpHouse(
        house.hostname,
        receiver,
        Submitter(
            receiver,
            SubmittingParts(
                house.hostname,
                house.directory,
                house.accounts,
                house.settings,
                house.clock,
                house.greylist,
                house.signer,
                brakes_of(house),
            ),
        ),
        house.authenticator,
        house.sessions,
        house.connections,
        house.limiter,
        house.settings,
        urls_of(house),
        house.clock,
        context,
    )
    return lambda wire: SmtpSession(made, role, wire)


def _imap(house: MailHouse, context: ssl.SSLContext) -> MakeSession:
    made = ImapHouse(
        house.authenticator,
        house.accounts,
        house.spool,
        house.bus,
        house.clock,
        house.settings,
        house.sessions,
        house.connections,
        house.budget,
        house.text_search,
        house.directory,
        urls_of(house),
        house.audit,
        starttls=context,
    )
    return lambda wire: ImapDriver(made, wire)


def _pop3(house: MailHouse, context: ssl.SSLContext) -> MakeSession:
    made = Pop3House(
        house.hostname,
        house.accounts,
        house.authenticator,
        house.sessions,
        house.connections,
        house.limiter,
        house.settings,
        house.clock,
        house.budget,
        context,
    )
    return lambda wire: Pop3Session(made, wire)
