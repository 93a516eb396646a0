"""What there is to say about an installation, whether its server runs or not."""

import msgspec

from posthouse.bootstrap.commands.administration import administration, queue_control
from posthouse.bootstrap.config import SERVICES
from posthouse.bootstrap.house import House
from posthouse.model.delivery import RecipientState
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.disk import Room


class Status(msgspec.Struct, frozen=True):
    """The whole in a few lines."""

    directory: str
    hostname: str
    running: bool
    pid: int | None
    workers: int
    bind: list[str]
    ports: dict[str, int]
    """By service, as they are or would be bound."""
    domains: int
    accounts: int
    waiting: int
    """Recipients in the queues."""
    held: int
    quota_octets: int
    """What the mailboxes may hold together."""
    disk: Room | None
    """Where the mailboxes are; null where that is somewhere else."""


async def read_status(principal: Principal, house: House) -> Status:
    """Collect it. Raises: NotPermitted, Unavailable."""
    principal.require(Act.STATUS_LOOK)
    server = house.server
    offset = 0 if server is None else server.port_offset
    rows = await queue_control(house).all(principal)
    domains = await house.directory.domains()
    totals = [await house.directory.totals(domain.key) for domain in domains]
    disk = administration(house).disk
    held = sum(row.state is RecipientState.HELD for row in rows)
    return Status(
        directory=str(house.layout.root),
        hostname=house.config.hostname,
        running=server is not None,
        pid=None if server is None else server.pid,
        workers=house.config.worker_count if server is None else server.workers,
        bind=list(house.config.bind if server is None else server.bind),
        ports={name: port for name in SERVICES if (port := house.config.port(name, offset))},
        domains=len(domains),
        accounts=sum(total.mailboxes for total in totals),
        waiting=len(rows) - held,
        held=held,
        quota_octets=sum(total.quota_octets for total in totals),
        disk=None if disk is None else await disk.room(),
    )
