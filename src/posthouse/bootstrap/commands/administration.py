"""The verbs of administering, over an open house."""

from posthouse.bootstrap.house import House
from posthouse.bootstrap.storage import CLOCK, ENTROPY
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.people.announcing import Announcing
from posthouse.services.administer.queue import QueueControl
from posthouse.services.administer.traffic.sending import SendingControl


def administration(house: House) -> Administration:
    """Join the ports of a house for the services that administer it."""
    return Administration(house.directory, house.accounts, house.vault, house.settings, CLOCK, ENTROPY, house.audit)


def queue_control(house: House) -> QueueControl:
    """The queues of a house, for the verbs that look at them."""
    return QueueControl(house.queues, administration(house).recorder)


def sending_control(house: House) -> SendingControl:
    """The verbs about what accounts send."""
    return SendingControl(administration(house), house.outgoing, house.queues)


def announcing(house: House) -> Announcing:
    """The verb that writes to many."""
    return Announcing(administration(house), house.queues)
