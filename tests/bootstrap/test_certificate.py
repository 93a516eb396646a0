"""The certificate of the first start."""

import datetime as dt
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from posthouse.bootstrap.certificate import VALID_DAYS, create_certificate, own_fingerprint
from posthouse.transport.tls import server_context

NOW = 1_800_000_000.0


def made(folder: Path, hostname: str) -> tuple[Path, Path, x509.Certificate]:
    certificate, key = folder / "certs" / "host.pem", folder / "certs" / "host.key"
    create_certificate(certificate, key, hostname, NOW)
    return certificate, key, x509.load_pem_x509_certificate(certificate.read_bytes())


@pytest.mark.parametrize("hostname", ["mail.example.test", "xn--mller-kva.test", ".".join(["long" * 10] * 6)])
def test_it_names_the_host_and_works(tmp_path: Path, hostname: str) -> None:
    certificate, key, parsed = made(tmp_path, hostname)
    names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert hostname in names.get_values_for_type(x509.DNSName)
    assert parsed.not_valid_before_utc < dt.datetime.fromtimestamp(NOW, dt.UTC) < parsed.not_valid_after_utc
    assert parsed.not_valid_after_utc - parsed.not_valid_before_utc == dt.timedelta(days=VALID_DAYS)
    server_context(certificate, key)


def test_the_key_is_for_this_user_only_and_never_replaced(tmp_path: Path) -> None:
    certificate, key, _ = made(tmp_path, "mail.example.test")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    before = key.read_bytes()
    with pytest.raises(FileExistsError):
        create_certificate(certificate, key, "mail.example.test", NOW)
    assert key.read_bytes() == before


def test_people_see_the_fingerprint_their_programs_show(tmp_path: Path) -> None:
    certificate, _, parsed = made(tmp_path, "mail.example.test")
    shown = own_fingerprint(certificate)
    assert bytes.fromhex(shown.replace(":", "")) == parsed.fingerprint(hashes.SHA256())
    assert len(shown) == 95
    assert shown == shown.upper()
