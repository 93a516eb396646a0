"""What a client has switched on, for the rest of its session."""

from dataclasses import dataclass

from posthouse.services.languages.speaking import DEFAULT, translated


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

    language: str = DEFAULT
    """In which people are spoken to (RFC 5255)."""

    def say(self, text: str) -> str:
        """A sentence in the client's language; in English in ASCII, as long as nothing else was asked for."""
        if self.language == DEFAULT:
            return text if text.isascii() else text.encode("ascii", "replace").decode("ascii")
        return translated(text, self.language)

    @property
    def says_vanished(self) -> bool:
        """Whether expunges are told by UID."""
        return self.qresync or self.uid_only
