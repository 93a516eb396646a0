"""What is known and thought of a message when it is taken in: kept with it as JSON, so that every decision can be explained."""

from typing import Final

import msgspec


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one check found."""

    check: str
    """The check's name: ``iprev``, ``hello``, ``list``, ``spf``, ``dkim``, ``dmarc``, ``greylist``…"""
    result: str
    """A word: ``pass``, ``fail``, ``listed``, ``temperror``…"""
    text: str = ""
    """What it rests on, for people."""
    weight: float = 0.0
    """Points against the message; negative ones speak for it."""

    def __str__(self) -> str:
        """One clause for people: ``spf pass (example.org)``."""
        points = f" {self.weight:+g}" if self.weight else ""
        return f"{self.check} {self.result}{points}" + (f" ({self.text})" if self.text else "")


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a message came here and what was thought of it."""

    address: str = ""
    """The client's."""
    name: str = ""
    """As the client introduced itself."""
    protocol: str = ""
    sender: str = ""
    tls: str = ""
    recipients: tuple[str, ...] = ()
    """The first hundred."""
    findings: tuple[Finding, ...] = ()
    junk: str = ""
    """Why it goes to Junk; empty where it does not."""
    answerable: bool = True
    """The sender is who it says, or one of us: a notification would reach whom it should."""


_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Verdict)


def write_verdict(verdict: Verdict) -> bytes:
    """The verdict as JSON."""
    return _ENCODER.encode(verdict)


def read_verdict(octets: bytes) -> Verdict:
    """Read a verdict; one that is not there, or cannot be read, says nothing."""
    try:
        return _DECODER.decode(octets) if octets else Verdict()
    except msgspec.DecodeError:
        return Verdict()
