"""What CAPA announces."""

from posthouse.protocols.pop3.capabilities import capabilities


def test_without_tls_there_is_no_way_to_sign_in() -> None:
    lines = capabilities(mechanisms=(), stls=True)
    assert "STLS" in lines
    assert "USER" not in lines
    assert not any(line.startswith("SASL") for line in lines)


def test_policies() -> None:
    lines = capabilities(mechanisms=("PLAIN",), stls=False, login_delay_seconds=60, expire_days=30, languages=False)
    assert {"SASL PLAIN", "USER", "LOGIN-DELAY 60", "EXPIRE 30"} <= set(lines)
    assert not {"STLS", "LANG"} & set(lines)


def test_before_anybody_is_known_policies_may_differ() -> None:
    lines = capabilities(mechanisms=("PLAIN",), stls=False, login_delay_seconds=60, expire_days=30, may_differ=True)
    assert {"LOGIN-DELAY 60 USER", "EXPIRE 30 USER"} <= set(lines)
    assert "EXPIRE NEVER" in capabilities(mechanisms=("PLAIN",), stls=False)
