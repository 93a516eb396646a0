"""Why a message from outside is not taken: the errors of the checks, each with its own answer on the wire."""

from posthouse.foundation.errors import LimitReached, Refused, TemporaryFailure


class Blocked(Refused):
    """The client, what it calls itself or its sender is not wanted here."""


class UnknownSender(Refused):
    """The sender's domain does not exist, or takes no answers."""


class NullMxSender(UnknownSender):
    """The sender's domain says that it takes no mail (RFC 7505 §4.2)."""


class Unauthentic(Refused):
    """The message fails DMARC, and its domain asks to refuse such mail."""


class Undecided(TemporaryFailure):
    """A check could not be made now; the client is to try again."""


class Greylisted(LimitReached):
    """The sender is not known yet; it is to try again in a moment (RFC 6647 §2.4)."""
