"""What the client calls itself (RFC 5321 §4.1.1.1, §4.1.4): a name of its own that exists, or its address in brackets."""

from typing import Final

from posthouse.filters.access import ip_address
from posthouse.filters.verdict import Finding
from posthouse.formats.address.domain import InvalidDomain, a_label, literal_address
from posthouse.foundation.errors import NotFound, PosthouseError
from posthouse.model.settings.judging import RECEIVE_HELLO
from posthouse.services.receive.checks.parts import CheckParts
from posthouse.services.receive.checks.refusals import Blocked
from posthouse.services.receive.reception import Reception

WEIGHT: Final = 2.0


class HelloCheck:
    """Looks at the name, then for it in the DNS."""

    def __init__(self, parts: CheckParts) -> None:
        self._parts = parts

    async def examine(self, reception: Reception) -> None:
        """Add what is found. Raises: Blocked for who claims to be us, and by setting for any other name that cannot be."""
        mode = self._parts.settings[RECEIVE_HELLO]
        if mode == "off" or reception.trusted:
            return
        name = reception.client.name
        if not name:
            return  # QMTP knows no names
        fault, ours = await self._fault(name, reception.client.address)
        if not fault:
            reception.findings.append(Finding("hello", "pass", name))
            return
        reception.findings.append(Finding("hello", "fail", f"{name}: {fault}", WEIGHT))
        if ours or mode == "refuse":
            raise Blocked(f"{name} is not accepted as your name (EHLO): {fault}")

    async def _fault(self, name: str, address: str) -> tuple[str, bool]:
        """What is wrong with the name, and whether it is ours."""
        literal = literal_address(name)
        if literal is not None:
            same = literal == ip_address(address)
            return ("" if same else "this is not your address"), False
        try:
            host = a_label(name.rstrip("."))
        except InvalidDomain as error:
            return str(error), False
        if host == self._parts.hostname.lower():
            return "this is the name of this server", True
        if ip_address(host) is not None:
            return "an address stands in brackets", False
        if "." not in host:
            return "this is no full host name", False
        try:
            await self._exists(host)
        except NotFound:
            return "there is no such name in the DNS", False
        except PosthouseError:
            return "", False  # nobody is to blame while the DNS is away
        return "", False

    async def _exists(self, host: str) -> None:
        """Raises: NotFound where a name has neither address nor MX; Unavailable."""
        try:
            await self._parts.resolver.addresses(host)
        except NotFound:
            await self._parts.resolver.mail_exchangers(host)
