"""The verbs of administering, over an open house."""

from posthouse.bootstrap.house import House
from posthouse.bootstrap.storage import CLOCK, ENTROPY
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.traffic.sending import SendingControl


def administration(house: House) -> Administration:
    """Join the ports of a house for the services that administer it."""
    return Administration(house.directory, house.accounts, house.vault, house.settings, CLOCK, ENTROPY)


def sending_control(house: House) -> SendingControl:
    """The verbs about what accounts send."""
    return SendingControl(administration(house), house.outgoing, house.queues)
