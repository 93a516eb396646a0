"""TLS contexts for listeners."""

import ssl
from pathlib import Path


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Make a context for listeners: TLS 1.2 and up, the server's order of ciphers, no compression, no renegotiation.

    Raises: OSError when a file cannot be read; ssl.SSLError when the two do not fit.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_RENEGOTIATION
    context.options |= getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    context.load_cert_chain(certificate, key)
    return context


def reload(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Use a new certificate for handshakes from now on; connections that stand keep theirs.

    Raises: OSError, ssl.SSLError; the old certificate stays in use then.
    """
    server_context(certificate, key)
    context.load_cert_chain(certificate, key)
