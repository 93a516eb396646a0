"""The letters of the demonstration: each a sound message that arrives with somebody."""

import datetime as dt
import struct
import zlib

import pytest

from posthouse.bootstrap.demo.composing import Composer, readers, reverse_path
from posthouse.bootstrap.demo.files import attached, pdf
from posthouse.bootstrap.demo.letter import FLAGS, Letter, letters
from posthouse.bootstrap.demo.people import PEOPLE, WORDS, named, new_password
from posthouse.bootstrap.demo.pictures import picture
from posthouse.formats.address.value import Address
from posthouse.formats.header.fields import first
from posthouse.formats.header.identifiers import identifiers
from posthouse.formats.mime.part import Part
from posthouse.formats.mime.scanner import scan
from posthouse.services.administer.rules.password_policy import check_password

NOW = dt.datetime(2026, 11, 22, 15, 0, tzinfo=dt.UTC)
LETTERS = {letter.key: letter for letter in letters()}
COMPOSER = Composer(LETTERS, NOW)


def test_there_are_enough_and_their_keys_are_their_own() -> None:
    assert 30 <= len(LETTERS) == len(letters()) <= 60
    assert [letter.hours for letter in letters()] == sorted((letter.hours for letter in letters()), reverse=True)
    assert {name for letter in LETTERS.values() for name in readers(letter)} == set(PEOPLE)


@pytest.mark.parametrize("one", LETTERS.values(), ids=LETTERS)
def test_a_letter_is_a_sound_message(one: Letter) -> None:
    octets = COMPOSER.message(one)
    assert octets == COMPOSER.message(one)
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    assert octets.count(b"\n") == octets.count(b"\r\n")
    for name in (b"Date", b"From", b"To", b"Message-ID", b"Subject"):
        assert first(octets, name)
    assert first(octets, b"message-id") == COMPOSER.message_id(one)
    assert set(one.flags) <= set(FLAGS)
    if one.answers:
        answered = LETTERS[one.answers]
        assert answered.hours > one.hours
        assert identifiers(first(octets, b"references") or b"")[-1] == COMPOSER.message_id(answered)
    part = scan(octets)
    attachments = len(one.attach) + len(one.inline) + bool(one.forward)
    assert len(list(_leaves(part))) >= 1 + attachments


def test_bounces_have_no_sender_and_lists_their_own() -> None:
    assert reverse_path(LETTERS["bounce"]) == ""
    assert reverse_path(LETTERS["list-1"]).startswith("letterpress-bounces")
    assert reverse_path(LETTERS["short"]) == "bob@example.test"


def test_addresses_of_letters() -> None:
    assert named("alice").address == Address("alice", "example.test")
    assert named("田中 美咲 <tanaka@kamome-shoten.example>").display_name == "田中 美咲"


def test_old_fashioned_letters_can_still_be_read() -> None:
    octets = COMPOSER.message(LETTERS["washi"])
    assert octets.isascii()
    assert "和紙の見本" in octets.decode("iso-2022-jp")


def test_pictures_are_whole() -> None:
    octets = picture("harbour.png")
    assert struct.unpack(">II", octets[16:24]) == (240, 320)
    length = struct.unpack(">I", octets[33:37])[0]
    assert len(zlib.decompress(octets[41 : 41 + length])) == 320 * (1 + 3 * 240)
    assert octets.endswith(b"IEND\xaeB`\x82")


def test_the_places_in_a_pdf_are_right() -> None:
    octets = pdf(["A (small) page", r"with a \ in it"])
    table = octets[int(octets.rsplit(b"startxref\n", 1)[1].split(b"\n")[0]) :]
    for number, line in enumerate(table.split(b"\n")[3:8], 1):
        assert octets[int(line[:10]) :].startswith(b"%d 0 obj" % number)
    assert rb"(A \(small\) page) Tj" in octets


def test_invitations_lie_ahead() -> None:
    lines = attached("meeting.ics", NOW).content.decode().split("\r\n")
    assert f"DTSTART:{dt.date(2026, 11, 26):%Y%m%d}T100000" in lines


def test_passwords_are_good_and_differ() -> None:
    made = {new_password(bytes([number]) * 12) for number in range(50)}
    assert len(made) == 50
    for password in made:
        check_password(password, Address("alice", "example.test"), strict=True)
    assert len(WORDS) == len(set(WORDS)) > 100


def _leaves(part: Part) -> list[Part]:
    return [leaf for child in part.children for leaf in _leaves(child)] if part.children else [part]
