"""Handing messages to other servers over SMTP and LMTP (port ``Transmitter``)."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from posthouse.adapters.smtp.converting import Converting
from posthouse.adapters.smtp.driving import Drive
from posthouse.adapters.smtp.encrypting import HandshakeFailed
from posthouse.adapters.smtp.envelope import envelope_of
from posthouse.adapters.smtp.link import LinkLost
from posthouse.adapters.smtp.pieces import pieces_of
from posthouse.adapters.smtp.pool import Pool, Prepared
from posthouse.adapters.smtp.preparing import DIALECTS, Preparing
from posthouse.formats.address.mailbox import InvalidMailbox
from posthouse.foundation.errors import PosthouseError
from posthouse.ports.spool import Spool
from posthouse.ports.transmitter import Probe, Result, Route, Transmission
from posthouse.protocols.smtp.capabilities import Extension
from posthouse.protocols.smtp.client.transaction import Stage, Transacted, Verdict, transact

NOT_SECURE: Final = "4.7.5"
"""Cryptographic failure (RFC 3463 §3.8)."""


class SmtpTransmitter:
    """Keeps connections for a moment; encrypts wherever the other side can, and as much as the route asks."""

    def __init__(self, preparing: Preparing, spool: Spool) -> None:
        self._preparing = preparing
        self._spool = spool
        self._converting = Converting(spool)
        self._pool = Pool()

    def close(self) -> None:
        """End idle connections."""
        self._pool.close()

    async def transmit(self, route: Route, transmission: Transmission) -> Sequence[Result]:
        """Try to hand over a message."""
        idle = self._pool.take(route)
        if idle is not None:
            drive = Drive(idle.link)
            try:
                return await self._hand_over(route, idle, drive, transmission)
            except LinkLost as error:
                # The server had enough of waiting; a new connection is no second attempt.
                if drive.content_is_out:
                    return _lost(transmission, idle.remote, str(error), uncertain=True)
        try:
            fresh = await self._preparing.prepare(route)
        except HandshakeFailed as error:
            return _absent(transmission, route.host, str(error), NOT_SECURE)
        except (PosthouseError, LinkLost) as error:
            return _absent(transmission, route.host, str(error))
        drive = Drive(fresh.link)
        try:
            return await self._hand_over(route, fresh, drive, transmission)
        except LinkLost as error:
            return _lost(transmission, fresh.remote, str(error), uncertain=drive.content_is_out)

    async def probe(self, route: Route) -> Probe:
        """Speak to a server without sending anything."""
        try:
            prepared = await self._preparing.prepare(route)
        except (PosthouseError, LinkLost) as error:
            return Probe(False, (str(error),))
        words = [
            f"connected to {prepared.remote} port {route.port}" if route.port else f"connected to {prepared.remote}",
            f"encrypted with {prepared.tls}" if prepared.tls else "not encrypted",
        ]
        if route.user:
            words.append(f"signed in as {route.user}")
        offered = prepared.capabilities.parameters
        words.append("offers " + (", ".join(f"{name} {value}".strip() for name, value in offered.items()) or "nothing"))
        prepared.quit()
        return Probe(True, tuple(words))

    async def _hand_over(self, route: Route, prepared: Prepared, drive: Drive, transmission: Transmission) -> Sequence[Result]:
        try:
            fitted = await self._converting.fitted(transmission, prepared.capabilities)
            drive.pieces = partial(pieces_of, fitted.content, self._spool)
            envelope = envelope_of(fitted)
        except InvalidMailbox as error:
            self._pool.give(route, prepared)
            return [Result(553, "5.1.3", str(error), "") for _ in transmission.recipients]
        except BaseException:
            prepared.link.abort()
            raise
        try:
            done = await drive.run(transact(envelope, prepared.capabilities, DIALECTS[route.scheme]))
        except BaseException:
            prepared.link.abort()
            raise
        prepared.uses += 1
        if done.reusable:
            self._pool.give(route, prepared)
        else:
            prepared.link.abort()
        return _results(done, prepared)


def _results(done: Transacted, prepared: Prepared) -> list[Result]:
    return [_result(verdict, prepared) for verdict in done.verdicts]


def _result(verdict: Verdict, prepared: Prepared) -> Result:
    reply, offered = verdict.reply, prepared.capabilities
    return Result(
        reply.code,
        reply.status,
        reply.text,
        prepared.remote,
        relayed_dsn=Extension.DSN in offered,
        tls=prepared.tls,
        deadline_kept=Extension.DELIVERBY in offered,
        lacking=verdict.stage is Stage.LOCAL,
    )


def _lost(transmission: Transmission, remote: str, why: str, *, uncertain: bool) -> list[Result]:
    return [Result(0, "", why, remote, uncertain=uncertain)] * len(transmission.recipients)


def _absent(transmission: Transmission, remote: str, why: str, status: str = "") -> list[Result]:
    return [Result(0, status, why, remote, reached=False)] * len(transmission.recipients)
