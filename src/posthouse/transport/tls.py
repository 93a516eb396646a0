"""TLS contexts for listeners."""

import ssl
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes


class ServerContext(ssl.SSLContext):
    """A context of listeners that knows what its certificate binds a connection to."""

    end_point: bytes = b""
    """``tls-server-end-point`` (RFC 5929 §4.1); empty where it is not defined for the certificate."""


def server_context(certificate: Path, key: Path) -> ServerContext:
    """Make a context for listeners: TLS 1.2 and up, the server's order of ciphers, no compression, no renegotiation.

    Raises: OSError when a file cannot be read; ssl.SSLError when the two do not fit.
    """
    context = ServerContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_RENEGOTIATION
    context.options |= getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    context.load_cert_chain(certificate, key)
    context.end_point = end_point(certificate.read_bytes())
    return context


def reload(context: ServerContext, certificate: Path, key: Path) -> None:
    """Use a new certificate for handshakes from now on; connections that stand keep theirs.

    Raises: OSError, ssl.SSLError; the old certificate stays in use then.
    """
    tried = server_context(certificate, key)
    context.load_cert_chain(certificate, key)
    context.end_point = tried.end_point


def end_point(pem: bytes) -> bytes:
    """The hash of the first certificate of a chain by the algorithm of its signature; SHA-256 where that is MD5 or SHA-1.

    Empty where the signature has no such algorithm of its own (Ed25519): RFC 5929 does not say what it is then.
    """
    read = x509.load_pem_x509_certificate(pem)
    try:
        algorithm = read.signature_hash_algorithm
    except UnsupportedAlgorithm:
        algorithm = None
    if algorithm is None:
        return b""
    weak = isinstance(algorithm, hashes.MD5 | hashes.SHA1)
    return read.fingerprint(hashes.SHA256() if weak else algorithm)
