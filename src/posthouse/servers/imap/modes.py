"""What a client has switched on, for the rest of its session."""

from dataclasses import dataclass


@dataclass(slots=True)
class Modes:
    """Switches; ENABLE and the commands that imply them turn them on, and only the end of the session off."""

    rev2: bool = False
    """IMAP4rev2: no Recent, ESEARCH always."""
    condstore: bool = False
    """Every FETCH response tells MODSEQ (RFC 7162 §3.1)."""
    qresync: bool = False
    """VANISHED in place of EXPUNGE, and HIGHESTMODSEQ after it (RFC 7162 §3.2)."""
    uid_only: bool = False
    """No message numbers either way: UIDFETCH in place of FETCH, VANISHED in place of EXPUNGE (RFC 9586)."""

    @property
    def says_vanished(self) -> bool:
        """Whether expunges are told by UID."""
        return self.qresync or self.uid_only
