"""Roles and what each may do: the table every right is read from (docs/adr/0016).

A role is a set of acts; where they hold (everywhere, in named domains, for named groups) is said by the account that has it.
"""

import enum
from typing import Final


class Role(enum.IntEnum):
    """What a principal may do beyond its own account. The numbers are what is stored: they say nothing about who is above whom."""

    OWNER = 0
    """Only its own account."""
    GROUP_MANAGER = 3
    """The members and the settings of named groups."""
    HELP_DESK = 5
    """Looks; gives new passwords, unblocks, resumes; nothing else."""
    AUDITOR = 6
    """Looks at everything, the audit log included; changes nothing."""
    DOMAIN_ADMINISTRATOR = 10
    """Everything inside named domains."""
    OPERATOR = 20
    """Everything."""
    SYSTEM = 30
    """The house itself: deliveries, the queue, maintenance. No account has it."""

    @property
    def words(self) -> str:
        """As people write it: ``domain-administrator``."""
        return self.name.lower().replace("_", "-")

    @property
    def acts(self) -> "frozenset[Act]":
        """What it may do."""
        return ACTS[self]


class Act(enum.StrEnum):
    """One thing that can be permitted: the word of the audit log, of tokens, and of the API's description."""

    DOMAIN_LOOK = "domain.look"
    DOMAIN_ADD = "domain.add"
    DOMAIN_CHANGE = "domain.change"
    DOMAIN_LIMIT = "domain.limit"
    """How much it may have, whether it is suspended, and which domain it stands for."""
    DOMAIN_RENAME = "domain.rename"
    DOMAIN_REMOVE = "domain.remove"
    DOMAIN_EXPORT = "domain.export"
    """Writing all of it into an archive; mail and secrets only for who may read and set them everywhere."""
    DOMAIN_IMPORT = "domain.import"
    DKIM_CHANGE = "dkim.change"
    ACCOUNT_LOOK = "account.look"
    ACCOUNT_ADD = "account.add"
    ACCOUNT_CHANGE = "account.change"
    ACCOUNT_ROLE = "account.role"
    """Giving and taking roles; never one that can do more than the giver's own."""
    ACCOUNT_SUSPEND = "account.suspend"
    ACCOUNT_RESUME = "account.resume"
    ACCOUNT_RENAME = "account.rename"
    ACCOUNT_REMOVE = "account.remove"
    PASSWORD_SET = "password.set"  # noqa: S105 - an act's name
    APP_PASSWORD_LOOK = "app-password.look"  # noqa: S105 - an act's name
    APP_PASSWORD_ADD = "app-password.add"  # noqa: S105 - an act's name
    APP_PASSWORD_REMOVE = "app-password.remove"  # noqa: S105 - an act's name
    SECOND_FACTOR_LOOK = "second-factor.look"
    SECOND_FACTOR_CHANGE = "second-factor.change"
    """Setting one up, new recovery codes, taking all away."""
    RECOVERY_CHANGE = "recovery.change"
    """One's own recovery address; of others it is a field of the account (``account.change``)."""
    FORWARD_LOOK = "forward.look"
    FORWARD_CHANGE = "forward.change"
    AUTO_REPLY_LOOK = "auto-reply.look"
    AUTO_REPLY_CHANGE = "auto-reply.change"
    SENDING_LOOK = "sending.look"
    SENDING_STOP = "sending.stop"
    SENDING_RESTORE = "sending.restore"
    ALIAS_LOOK = "alias.look"
    ALIAS_CHANGE = "alias.change"
    """Making, changing and removing."""
    GROUP_LOOK = "group.look"
    GROUP_CHANGE = "group.change"
    """Its members and its settings."""
    GROUP_ADD = "group.add"
    GROUP_REMOVE = "group.remove"
    SHARE_LOOK = "share.look"
    SHARE_CHANGE = "share.change"
    SETTING_LOOK = "setting.look"
    SETTING_CHANGE = "setting.change"
    MAIL_IMPORT = "mail.import"
    """Putting old mail into an account."""
    MAIL_READ = "mail.read"
    """Reading what is not one's own: a queued message."""
    MAIL_HAND_IN = "mail.hand-in"
    """Delivering a message from the machine itself."""
    MAIL_VERIFY = "mail.verify"
    MAIL_REINDEX = "mail.reindex"
    TRACE_LOOK = "trace.look"
    REPORT_LOOK = "report.look"
    QUEUE_LOOK = "queue.look"
    QUEUE_CHANGE = "queue.change"
    ROUTE_LOOK = "route.look"
    BLOCK_LOOK = "block.look"
    BLOCK_ADD = "block.add"
    BLOCK_REMOVE = "block.remove"
    ANNOUNCE = "announcement.send"
    SESSION_LOOK = "session.look"
    SESSION_END = "session.end"
    TOKEN_LOOK = "token.look"  # noqa: S105 - an act's name
    TOKEN_CHANGE = "token.change"  # noqa: S105 - an act's name
    AUDIT_LOOK = "audit.look"
    STATUS_LOOK = "status.look"

    @property
    def is_look(self) -> bool:
        """Whether nothing changes by it."""
        return self.value.endswith((".look", ".verify")) or self is Act.MAIL_READ


EVERY_ACT: Final = frozenset(Act)
_PUBLIC_LOOKS: Final = frozenset({act for act in Act if act.value.endswith(".look")} - {Act.AUDIT_LOOK})
_OF_THE_HOUSE: Final = frozenset(
    {
        Act.DOMAIN_ADD,
        Act.DOMAIN_LIMIT,
        Act.DOMAIN_RENAME,
        Act.DOMAIN_REMOVE,
        Act.DOMAIN_IMPORT,
        Act.MAIL_READ,
        Act.MAIL_HAND_IN,
        Act.BLOCK_ADD,
    }
)
"""Nothing a domain has the right to decide for itself: what it holds, what it costs, who else is shut out."""

ACTS: Final[dict[Role, frozenset[Act]]] = {
    Role.OWNER: frozenset(),
    Role.GROUP_MANAGER: frozenset({Act.ACCOUNT_LOOK, Act.GROUP_LOOK, Act.GROUP_CHANGE, Act.SHARE_LOOK, Act.SHARE_CHANGE}),
    Role.HELP_DESK: _PUBLIC_LOOKS | {Act.PASSWORD_SET, Act.ACCOUNT_RESUME, Act.BLOCK_REMOVE},
    Role.AUDITOR: _PUBLIC_LOOKS | {Act.AUDIT_LOOK, Act.MAIL_VERIFY},
    Role.DOMAIN_ADMINISTRATOR: EVERY_ACT - _OF_THE_HOUSE,
    Role.OPERATOR: EVERY_ACT,
    Role.SYSTEM: EVERY_ACT,
}
"""What each role may do, wherever it holds."""

OWN_ACTS: Final = frozenset(
    {
        Act.PASSWORD_SET,
        Act.APP_PASSWORD_LOOK,
        Act.APP_PASSWORD_ADD,
        Act.APP_PASSWORD_REMOVE,
        Act.SECOND_FACTOR_LOOK,
        Act.SECOND_FACTOR_CHANGE,
        Act.RECOVERY_CHANGE,
        Act.FORWARD_LOOK,
        Act.FORWARD_CHANGE,
        Act.AUTO_REPLY_LOOK,
        Act.AUTO_REPLY_CHANGE,
        Act.SENDING_LOOK,
        Act.MAIL_IMPORT,
        Act.SESSION_LOOK,
        Act.SESSION_END,
        Act.TOKEN_LOOK,
        Act.TOKEN_CHANGE,
        Act.AUDIT_LOOK,
    }
)
"""What everybody may do with their own account, whatever their role."""

SECRET_ACTS: Final = frozenset(
    {Act.PASSWORD_SET, Act.APP_PASSWORD_ADD, Act.SECOND_FACTOR_CHANGE, Act.RECOVERY_CHANGE, Act.TOKEN_CHANGE}
)
"""What makes something to sign in with."""

EVERYWHERE: Final = "*"
"""Among what an account administers: all domains."""
EVERYWHERE_ROLES: Final = frozenset({Role.OPERATOR, Role.SYSTEM})
"""Roles that hold everywhere, whatever is named."""
