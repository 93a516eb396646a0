"""TLS with other servers: contexts, checking by DANE, and what went wrong in the words of TLS reports (RFC 8460 §4.3)."""

import ssl
from collections.abc import Sequence
from typing import Any, Final

from posthouse.adapters.smtp.link import Link, LinkLost
from posthouse.ports.transmitter import Level, Security
from posthouse.trust.dane import Mismatch, check_chain

NOT_SUPPORTED: Final = "starttls-not-supported"
_DER: Final = 2
"""``_ssl.ENCODING_DER``."""
_RESULTS: Final = {10: "certificate-expired", 9: "certificate-expired", 62: "certificate-host-mismatch"}
"""Of OpenSSL's ``X509_V_ERR_*``; the others of verification mean that nobody we trust has signed."""


class HandshakeFailed(LinkLost):
    """The server cannot do TLS as it must be; ``result`` is the result type of RFC 8460 §4.3."""

    def __init__(self, words: str, result: str) -> None:
        super().__init__(words)
        self.result = result


class Contexts:
    """Contexts of a client: one that checks certificates against the machine's authorities, and one that does not."""

    def __init__(self, verified: ssl.SSLContext | None = None) -> None:
        self.verified = verified or ssl.create_default_context()
        self.unverified = ssl.create_default_context()
        self.unverified.check_hostname = False
        self.unverified.verify_mode = ssl.CERT_NONE

    def of(self, level: Level) -> ssl.SSLContext:
        """The one for a level: DANE checks by itself afterwards."""
        return self.verified if level is Level.VERIFIED else self.unverified


async def secure(link: Link, context: ssl.SSLContext, host: str) -> None:
    """Do a handshake. Raises: HandshakeFailed."""
    try:
        await link.start_tls(context, host)
    except LinkLost as error:
        raise failed(error) from error


def failed(error: LinkLost) -> HandshakeFailed:
    """What went wrong with a handshake."""
    if isinstance(error, HandshakeFailed):
        return error
    cause = error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        result = _RESULTS.get(cause.verify_code, "certificate-not-trusted")
        return HandshakeFailed(f"the certificate is not good: {cause.verify_message}", result)
    return HandshakeFailed(str(error), "validation-failure")


def check(link: Link, security: Security, host: str, now: float) -> str:
    """See that a connection is as secure as it must be; returns how it is encrypted, in words.

    Raises: HandshakeFailed.
    """
    connection = link.tls
    if connection is None:
        return ""
    how = ""
    if security.level is Level.DANE:
        names = [name for name in (host, security.domain) if name]
        try:
            record = check_chain(security.tlsa, _chain(connection), names, now)
        except Mismatch as error:
            raise HandshakeFailed(str(error), error.result) from error
        how = f", DANE {record.usage} {record.selector} {record.matching}"
    elif security.level is Level.VERIFIED:
        how = ", verified" + (" by MTA-STS" if security.policy_type == "sts" else "")
    cipher = connection.cipher()
    return f"{connection.version()} {cipher[0] if cipher else ''}{how}"


def _chain(connection: Any) -> Sequence[bytes]:
    """The server's certificates as it sent them; only its own where the interpreter does not tell the others.

    Until Python 3.13 only the object underneath knows the chain that nobody has verified; DANE-TA (2) needs it.
    """
    public = getattr(connection, "get_unverified_chain", None)
    if public is not None:
        return [bytes(octets) for octets in public()]
    found = getattr(getattr(connection, "_sslobj", None), "get_unverified_chain", None)
    chain = found() if found is not None else None
    if chain:
        return [certificate.public_bytes(_DER) for certificate in chain]
    own = connection.getpeercert(binary_form=True)
    return [own] if own else []
