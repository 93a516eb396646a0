"""The address value everybody else holds."""

from typing import NamedTuple


class Address(NamedTuple):
    """One RFC 5321 Mailbox as written: ``local_part@domain``.

    ``local_part`` is unquoted (no surrounding DQUOTE, no backslash); ``domain`` is a host name as written (A-labels
    or U-labels) or an address literal with its brackets. Both are characters; UTF-8 on the wire (RFC 6531). The
    special recipient ``<Postmaster>`` of RFC 5321 §4.5.1 has an empty domain.
    """

    local_part: str
    domain: str
