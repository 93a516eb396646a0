"""What can go wrong, in the house's own words.

Services and ports raise these; wire code turns each into its protocol's answer (RFC 5530 codes, SMTP 4xx/5xx, HTTP problem
details). The text of an error is for the person in front of it: what happened and what to do. Two families matter to a client:
*try again later* and *this will never work*.
"""


class PosthouseError(Exception):
    """The root: nothing else is raised on purpose."""


class TemporaryFailure(PosthouseError):
    """The same request may succeed later; nothing was changed."""


class Unavailable(TemporaryFailure):
    """A part of the house is down, starting, overloaded or not answering in time."""


class Busy(TemporaryFailure):
    """Somebody else holds what this request needs (RFC 5530 INUSE)."""


class OutOfSpace(TemporaryFailure):
    """The disk is full."""


class Fenced(TemporaryFailure):
    """This process no longer owns what it tried to write: a newer owner has taken over."""


class LimitReached(TemporaryFailure):
    """A rate or a concurrency limit said no; it frees by itself."""


class Refused(PosthouseError):
    """The same request will never succeed as it is."""


class NotFound(Refused):
    """There is no such account, mailbox, message or domain."""


class AlreadyExists(Refused):
    """The name or address is taken."""


class NotPermitted(Refused):
    """The principal lacks the right."""


class SignInAgain(NotPermitted):
    """It wants a sign-in that is more recent than this one."""


class Invalid(Refused):
    """A value is outside what its rule allows; the text names the value and the rule."""


class OverQuota(Refused):
    """The account has no room for this (RFC 5530 OVERQUOTA, SMTP 4.2.2/5.2.2)."""


class TooLarge(Refused):
    """The message or the request is larger than allowed."""


class AuthenticationFailed(Refused):
    """The credentials are wrong, expired or revoked; the text never says which part."""


class Retired(Refused):
    """The account exists but may not be used; the text says why (RFC 5530 CONTACTADMIN, EXPIRED)."""


class Expired(Retired):
    """The credential was good until a date that has passed (RFC 5530 EXPIRED)."""


class Corrupt(PosthouseError):
    """Stored octets contradict themselves: a bug or a broken disk."""
