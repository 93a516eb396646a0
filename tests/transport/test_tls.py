"""TLS contexts of listeners."""

import datetime as dt
import hashlib
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID
from tests.support.session_wire import Listening, listening

from posthouse.bootstrap.certificate import create_certificate
from posthouse.transport.tls import end_point, reload, server_context

NOW = 1_800_000_000.0


def made(folder: Path, name: str = "one") -> tuple[Path, Path]:
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    create_certificate(certificate, key, "mail.example.test", NOW)
    return certificate, key


def test_old_versions_are_not_spoken(tmp_path: Path) -> None:
    context = server_context(*made(tmp_path))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_COMPRESSION
    assert context.options & ssl.OP_NO_RENEGOTIATION


def test_files_that_do_not_fit_or_are_not_there(tmp_path: Path) -> None:
    certificate, _ = made(tmp_path)
    _, other_key = made(tmp_path, "two")
    with pytest.raises(ssl.SSLError):
        server_context(certificate, other_key)
    with pytest.raises(OSError, match="No such file"):
        server_context(tmp_path / "gone", other_key)


async def certificate_shown(listener: Listening) -> bytes:
    """The certificate a client is shown, without checking it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with listener.connected(context) as (_reader, writer, _session):
        shown: bytes = writer.get_extra_info("ssl_object").getpeercert(True)
        return shown


def der(certificate: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.read_text())


async def test_a_new_certificate_is_used_from_now_on(tmp_path: Path) -> None:
    first, second = made(tmp_path), made(tmp_path, "two")
    context = server_context(*first)
    async with listening(context) as listener:
        assert await certificate_shown(listener) == der(first[0])
        reload(context, *second)
        assert await certificate_shown(listener) == der(second[0])


async def test_one_that_is_wrong_leaves_the_old_one_in_use(tmp_path: Path) -> None:
    first, second = made(tmp_path), made(tmp_path, "two")
    context = server_context(*first)
    async with listening(context) as listener:
        with pytest.raises(ssl.SSLError):
            reload(context, second[0], first[1])
        with pytest.raises(OSError, match="No such file"):
            reload(context, tmp_path / "gone", first[1])
        assert await certificate_shown(listener) == der(first[0])


@pytest.mark.parametrize(("algorithm", "name"), [(hashes.SHA256(), "sha256"), (hashes.SHA384(), "sha384"), (None, "")])
def test_the_end_point_is_the_certificate_by_the_hash_of_its_signature(algorithm: hashes.HashAlgorithm | None, name: str) -> None:
    """RFC 5929 §4.1; Ed25519 has no hash of its own."""
    key = ec.generate_private_key(ec.SECP256R1()) if algorithm is not None else ed25519.Ed25519PrivateKey.generate()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.test")])
    begin = dt.datetime.fromtimestamp(NOW, dt.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begin).not_valid_after(begin + dt.timedelta(days=1))
    signed = builder.sign(key, algorithm)  # type: ignore[arg-type]
    der = signed.public_bytes(serialization.Encoding.DER)
    assert end_point(signed.public_bytes(serialization.Encoding.PEM)) == (hashlib.new(name, der).digest() if name else b"")


def test_a_new_certificate_is_another_end_point(tmp_path: Path) -> None:
    context = server_context(*made(tmp_path))
    before = context.end_point
    reload(context, *made(tmp_path, "two"))
    assert len(before) == len(context.end_point) == 32
    assert before != context.end_point
