"""The first page: what it says, and that it is sound HTML in every language."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.support.administration import open_office
from tests.support.asgi import ask
from tests.support.web import PORTS, web_house

from posthouse.model.settings.signing_in import AUTH_APP_PASSWORDS_ONLY
from posthouse.web.app import web_application
from posthouse.web.house import WebHouse
from posthouse.web.languages import LANGUAGES
from posthouse.web.pages.setup import Door, Way, doors
from posthouse.web.pages.words import words

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Document(HTMLParser):
    """Checks that tags are closed in order and collects what matters."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.language: str | None = None
        self.copied: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        found = dict(attrs)
        if tag == "html":
            self.language = found.get("lang")
        self.ids += [found["id"] or ""] if "id" in found else []
        self.labels += [found["aria-labelledby"] or ""] if "aria-labelledby" in found else []
        self.addresses += [found[name] or "" for name in ("href", "src") if name in found]
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        if "data-copy" in found:
            self.copied.add(found["data-copy"] or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_is_sound_html_in_every_language(house: WebHouse, language: str) -> None:
    answer = await ask(web_application(house), f"/?lang={language}")
    document = Document(answer.text)
    assert document.open == []
    assert document.language == language == answer.headers["content-language"]
    assert len(document.ids) == len(set(document.ids))
    assert set(document.labels) <= set(document.ids)
    assert document.inline == []
    assert all(address.startswith(("/static/", "?lang=")) for address in document.addresses)
    assert words(language)["setup"]["heading"] in answer.text
    assert "{host}" not in answer.text
    assert document.copied == {
        "mail.example.test",
        "AB:CD",
        *(str(PORTS[name]) for name in PORTS if name[:4] in ("imap", "pop3", "subm")),
    }


async def test_the_browser_chooses_the_language_and_the_reader_another(house: WebHouse) -> None:
    app = web_application(house)
    answer = await ask(app, "/setup", accept_language="ja;q=0.9")
    assert (answer.headers["content-language"], answer.headers["vary"]) == ("ja", "Accept-Language")
    assert (await ask(app, "/?lang=de", accept_language="ja")).headers["content-language"] == "de"
    assert (await ask(app, "/?lang=xx", accept_language="ja")).headers["content-language"] == "ja"


async def test_values_are_escaped(house: WebHouse) -> None:
    answer = await ask(web_application(replace(house, hostname='<b>"&')), "/")
    assert "<b>" not in answer.text
    assert "&lt;b&gt;&#34;&amp;" in answer.text


def test_doors_are_those_that_are_open(house: WebHouse) -> None:
    assert doors(house)[0] == Door("imap", (Way(20_993, "tls"), Way(20_143, "starttls")))
    few = replace(house, ports={"imap": 143, "smtp": 25, "submissions": 465})
    assert doors(few) == [Door("imap", (Way(143, "starttls"),)), Door("smtp", (Way(465, "tls"),))]


async def test_it_says_which_passwords_are_accepted(tmp_path: Path) -> None:
    text = words("en")["setup"]
    async with open_office(tmp_path) as office:
        app = web_application(web_house(office, PORTS))
        assert text["app_password"] in (await ask(app, "/?lang=en")).text
        await office.parts.directory.put_setting("system", AUTH_APP_PASSWORDS_ONLY.key, b"false")
        assert text["any_password"] in (await ask(app, "/?lang=en")).text


async def test_the_machine_itself_is_told_of_the_loopback_address(house: WebHouse) -> None:
    app = web_application(house)
    assert 'data-copy="127.0.0.1"' in (await ask(app, "http://127.0.0.1:20080/")).text
    assert 'data-copy="127.0.0.1"' not in (await ask(app, "http://mail.example.test/")).text


async def test_a_certificate_others_vouch_for_needs_no_fingerprint(house: WebHouse) -> None:
    answer = await ask(web_application(replace(house, fingerprint=lambda: "")), "/?lang=en")
    assert words("en")["setup"]["certificate"] not in answer.text


@pytest.mark.parametrize("page", sorted(words("en")))
def test_catalogues_say_the_same_things(page: str) -> None:
    english = words("en")[page]
    for language in LANGUAGES:
        texts = words(language)[page]
        assert words(language).keys() == words("en").keys()
        assert texts.keys() == english.keys()
        for key, text in texts.items():
            if isinstance(text, str):
                assert text.strip() == text != ""
                assert re.findall(r"{\w+}", text) == re.findall(r"{\w+}", english[key]), (language, key)
            else:
                assert len(text) == len(english[key])
