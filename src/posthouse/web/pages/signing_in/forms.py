"""Forms: what was filled in, within limits, and the way on."""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from posthouse.web.house import WebHouse
from posthouse.web.languages import supported

FORM_OCTETS: Final = 16_384
FIELDS: Final = 20


class BadForm(ValueError):
    """Nothing that a page of ours sends."""


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a form, the first of each name. Raises: BadForm."""
    octets = bytearray()
    async for chunk in request.stream():
        octets += chunk
        if len(octets) > FORM_OCTETS:
            raise BadForm(f"a form has at most {FORM_OCTETS} octets")
    try:
        pairs = parse_qsl(octets.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
    except ValueError as error:
        raise BadForm("this is no form") from error
    return dict(reversed(pairs))


def kept_language(request: Request) -> str:
    """The language that was asked for, for the next address: ``?lang=de``, or nothing."""
    tag = supported(request.query_params.get("lang", ""))
    return "" if tag is None else f"?lang={tag}"


def onward(request: Request, path: str, cookie: str = "", *, done: str = "") -> Response:
    """Send the browser to another page of ours (303), in the same language; ``done`` says there what was done."""
    kept = kept_language(request)
    told = f"{'&' if kept else '?'}done={done}" if done else ""
    response = RedirectResponse(path + kept + told, 303, {"cache-control": "no-store"})
    if cookie:
        response.headers["set-cookie"] = cookie
    return response


def secure_address(house: WebHouse, path: str) -> str:
    """Where a page is read over TLS; empty where TLS is not served."""
    port = house.ports.get("https")
    if port is None:
        return ""
    return f"https://{house.hostname}{'' if port == 443 else f':{port}'}{path}"
