"""What CAPA announces (RFC 2449 §6, RFC 5034, RFC 6856, RFC 3206)."""

from collections.abc import Iterable


def capabilities(
    *,
    mechanisms: Iterable[str],
    stls: bool,
    login_delay_seconds: int = 0,
    expire_days: int = 0,
    may_differ: bool = False,
    languages: bool = True,
) -> list[str]:
    """The lines of the answer. Without mechanisms neither USER nor SASL is offered (no TLS yet).

    ``login_delay_seconds`` 0: none. ``expire_days`` 0: retrieved mail is kept for ever. ``may_differ``: nobody is known yet, and
    the policies of a mailbox may be others; they are told exactly afterwards (RFC 2449 §6.5, §6.7).
    """
    user = " USER" if may_differ else ""
    names = " ".join(mechanisms)
    lines = ["TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "UTF8 USER"]
    if names:
        lines += ["USER", f"SASL {names}"]
    if stls:
        lines.append("STLS")
    if languages:
        lines.append("LANG")
    if login_delay_seconds:
        lines.append(f"LOGIN-DELAY {login_delay_seconds}{user}")
    lines.append(f"EXPIRE {expire_days}{user}" if expire_days else "EXPIRE NEVER")
    return [*lines, "IMPLEMENTATION Posthouse"]
