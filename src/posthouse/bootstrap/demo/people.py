"""Who lives in the demonstration, and how passwords are made for them."""

from typing import Final, NamedTuple

from posthouse.formats.address.address_list import NamedAddress, address_list
from posthouse.formats.address.value import Address
from posthouse.model.role import Role

DOMAIN: Final = "example.test"
HOSTNAME: Final = "mail.example.test"
WORDS_OF_A_PASSWORD: Final = 4
_WORDS: Final = """
    acorn amber anchor apron arrow aspen attic bamboo barley basket beacon bellows birch bobbin bonnet bramble brass bridge bucket
    button candle canoe canvas carrot cedar cellar cherry chimney cinder cobalt comet copper coral cotton cricket crocus cupboard
    curtain daisy dapple ember engine fabric falcon feather fennel ferry fiddle flint forest fountain garnet ginger goblet granite
    hammer harbour hazel heather hollow honey ivory jacket jasmine juniper kettle ladder lantern larch lemon linen lobster locket
    magnet maple marble meadow mirror mosaic mustard nettle nutmeg oatmeal orchard otter paddle paper parsley pebble pencil pepper
    pigeon pillow pocket poplar pottery pumpkin quarry quince rabbit raisin ribbon river rocket rosemary saddle saffron satchel
    scarlet shovel silver sparrow spindle summit tartan teapot thicket thimble timber tulip turnip umber velvet violet walnut willow
"""
WORDS: Final = tuple(_WORDS.split())


class Person(NamedTuple):
    """Somebody with a mailbox."""

    name: str
    """The part before @."""
    display_name: str
    role: Role = Role.OWNER

    @property
    def address(self) -> str:
        """The whole address."""
        return f"{self.name}@{DOMAIN}"


POSTMASTER: Final = Person("postmaster", "Postmaster", Role.OPERATOR)
PEOPLE: Final = {person.name: person for person in (Person("alice", "Alice Liddell"), Person("bob", "Bob Chen"), POSTMASTER)}


def named(text: str) -> NamedAddress:
    """The address a letter means: somebody of the house by name, or ``Name <local@domain>``."""
    if text in PEOPLE:
        person = PEOPLE[text]
        return NamedAddress(person.display_name, Address(person.name, DOMAIN))
    return address_list(text.encode())[0]


def new_password(entropy: bytes) -> str:
    """A pass phrase from at least eight octets of entropy; one that people can copy from one screen to another."""
    number = int.from_bytes(entropy, "big")
    words = []
    for _ in range(WORDS_OF_A_PASSWORD):
        number, index = divmod(number, len(WORDS))
        words.append(WORDS[index])
    return f"{'-'.join(words)}-{number % 1000:03}"
