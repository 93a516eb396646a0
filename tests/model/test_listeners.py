"""What may be set for single listeners."""

from typing import Any

import pytest

from posthouse.bootstrap.config import SERVICES
from posthouse.foundation.errors import Invalid
from posthouse.model.setting import Setting
from posthouse.model.settings.listeners import LISTENERS, LISTENERS_BANNERS, LISTENERS_OFF, LISTENERS_TLS


def test_every_listener_of_mail_has_a_name() -> None:
    assert set(LISTENERS) == {name for name, service in SERVICES.items() if service.server != "web"}


def test_what_is_allowed() -> None:
    assert LISTENERS_OFF.parse_text("imap, pop3") == ["imap", "pop3"]
    assert LISTENERS_BANNERS.parse_text("smtp=Example mail") == {"smtp": "Example mail"}
    assert LISTENERS_TLS.parse_text('{"imaps": "1.3"}') == {"imaps": "1.3"}


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (LISTENERS_OFF, "http"),
        (LISTENERS_BANNERS, "imap=[ALERT] x"),
        (LISTENERS_BANNERS, "pop3=<1.2@x>"),
        (LISTENERS_BANNERS, '{"smtp": "two\\r\\nlines"}'),
        (LISTENERS_BANNERS, "smtp=Grüße"),
        (LISTENERS_BANNERS, '{"smtp": ""}'),
        (LISTENERS_TLS, '{"imap": "1.1"}'),
        (LISTENERS_TLS, '{"ftp": "1.3"}'),
    ],
)
def test_what_is_refused(setting: Setting[Any], text: str) -> None:
    with pytest.raises(Invalid):
        setting.parse_text(text)
