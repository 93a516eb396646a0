"""Whether a password may be sent as the connection stands (capability A1)."""

import ipaddress

from posthouse.model.settings.signing_in import AUTH_PLAINTEXT_LOOPBACK
from posthouse.services.settings import Settings


def may_send_password(settings: Settings, *, tls: bool, address: str) -> bool:
    """With TLS always; in clear only from the machine itself, and only where the operator allows it."""
    if tls:
        return True
    if not settings[AUTH_PLAINTEXT_LOOPBACK]:
        return False
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
