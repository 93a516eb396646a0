"""``/ip``: which address a visitor comes from, whether sign-ins from it are blocked and why, and whom to ask (J1)."""

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from posthouse.foundation.errors import Invalid, PosthouseError
from posthouse.model.principal import SYSTEM
from posthouse.model.settings.guard import GUARD_CONTACT
from posthouse.ports.guard import Blocked
from posthouse.services.guard.blocking import Blocks, Check
from posthouse.web.house import WebHouse
from posthouse.web.pages.templating import language_of, page
from posthouse.web.pages.words import words


class VisitorPage:
    """Its endpoint is ``get``. Nothing here is limited for who is blocked: it is how they learn that they are."""

    def __init__(self, house: WebHouse, blocks: Blocks) -> None:
        self._house = house
        self._blocks = blocks

    async def get(self, request: Request) -> Response:
        """Answer with a page, or with JSON to who prefers that (``Accept: application/json``, ``/ip.json``)."""
        address = "" if request.client is None else request.client.host
        await self._house.settings.refresh()
        try:
            check = await self._blocks.check(SYSTEM, address)
        except Invalid:
            check = Check(address, counted=False, blocked=None, seconds=0.0)
        except PosthouseError as error:
            return JSONResponse({"error": str(error)}, 503, {"cache-control": "no-store"})
        contact: str = self._house.settings[GUARD_CONTACT]
        link = self._request_link(check, words(language_of(request))["visitor"])
        if request.url.path.endswith(".json") or _prefers_json(request):
            return JSONResponse(self._facts(check, contact, link), headers={"cache-control": "no-store", "vary": "Accept"})
        return page(
            request,
            "visitor",
            self._house.hostname,
            "no-store",
            address_of_visitor=check.address,
            counted=check.counted,
            blocked="" if check.blocked is None else check.blocked.value,
            minutes=math.ceil(check.seconds / 60),
            contact=contact,
            request_link=link,
        )

    def _facts(self, check: Check, contact: str, link: str) -> dict[str, Any]:
        return {
            "address": check.address,
            "counted": check.counted,
            "blocked": check.blocked,
            "seconds": math.ceil(check.seconds),
            "contact": contact,
            "request": link,
        }

    def _request_link(self, check: Check, texts: Mapping[str, str]) -> str:
        """A letter to the postmaster, filled in (RFC 6068)."""
        asked = check.blocked in (Blocked.ADDRESS, Blocked.NETWORK, Blocked.HAND)
        page_address = f"https://{self._house.hostname}/ip"
        fields = {
            "subject": texts["subject"].format(address=check.address),
            "body": texts["body"].format(address=check.address, page=page_address),
        }
        return f"mailto:postmaster@{self._house.hostname}" + (f"?{urlencode(fields, quote_via=quote)}" if asked else "")


def _prefers_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted
