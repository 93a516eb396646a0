"""The verbs of administering, over an open house."""

from posthouse.adapters.system.disk import FolderDisk
from posthouse.bootstrap.config import EMBEDDED, SERVICES
from posthouse.bootstrap.house import House
from posthouse.bootstrap.storage import CLOCK, ENTROPY
from posthouse.model.people.doors import Doors
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.people.announcing import Announcing
from posthouse.services.administer.queue import QueueControl
from posthouse.services.administer.traffic.sending import SendingControl


def administration(house: House) -> Administration:
    """Join the ports of a house for the services that administer it."""
    return Administration(
        house.directory,
        house.accounts,
        house.vault,
        house.settings,
        CLOCK,
        ENTROPY,
        house.audit,
        disk=FolderDisk(house.layout.accounts) if house.config.storage.accounts == EMBEDDED else None,
        doors=doors_of(house),
    )


def doors_of(house: House) -> Doors:
    """What mail programs find open; where no server runs, what one would open."""
    offset = 0 if house.server is None else house.server.port_offset
    ports = {name: port for name in SERVICES if (port := house.config.port(name, offset))}
    return Doors(house.config.hostname, ports)


def queue_control(house: House) -> QueueControl:
    """The queues of a house, for the verbs that look at them."""
    return QueueControl(house.queues, administration(house).recorder)


def sending_control(house: House) -> SendingControl:
    """The verbs about what accounts send."""
    return SendingControl(administration(house), house.outgoing, house.queues)


def announcing(house: House) -> Announcing:
    """The verb that writes to many."""
    return Announcing(administration(house), house.queues)
