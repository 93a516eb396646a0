"""A self-signed certificate for the first start."""

import datetime as dt
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID_DAYS = 825
COMMON_NAME_CHARACTERS = 64
"""Longest common name (RFC 5280 A.1); what programs look at are the alternative names."""


def create_certificate(certificate: Path, key: Path, hostname: str, now: float) -> None:
    """Make an ECDSA P-256 key and a self-signed certificate for a host name (and localhost, for trials)."""
    private = ec.generate_private_key(ec.SECP256R1())
    common_name = hostname if len(hostname) <= COMMON_NAME_CHARACTERS else "Posthouse"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    start = dt.datetime.fromtimestamp(now, dt.UTC) - dt.timedelta(hours=1)
    names = [x509.DNSName(hostname), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    encoded = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(encoded)
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def own_fingerprint(certificate: Path) -> str:
    """The SHA-256 fingerprint of a self-signed certificate as programs show it (``AB:CD:…``); empty where another signed it.

    Raises: OSError, ValueError when the file cannot be read.
    """
    read = x509.load_pem_x509_certificate(certificate.read_bytes())
    return read.fingerprint(hashes.SHA256()).hex(":").upper() if read.issuer == read.subject else ""


def public_key(certificate: Path) -> bytes:
    """The SubjectPublicKeyInfo (DER) of a certificate, of which DANE publishes the hash (RFC 6698 §2.1.2).

    Raises: OSError, ValueError when the file cannot be read.
    """
    read = x509.load_pem_x509_certificate(certificate.read_bytes())
    return read.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
