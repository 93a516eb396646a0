"""``https://mta-sts.DOMAIN/.well-known/mta-sts.txt`` (RFC 8461 §3.3): that mail for a domain of ours wants TLS, and from whom.

The name in the request says which domain; the certificate has to name it too, or nobody believes the policy.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from posthouse.formats.address.key import domain_key
from posthouse.foundation.errors import Unavailable
from posthouse.model.account import Status
from posthouse.services.sts_policy import sts_policy
from posthouse.trust.mta_sts import write_policy
from posthouse.web.house import WebHouse

PATH: Final = "/.well-known/mta-sts.txt"
PREFIX: Final = "mta-sts."


def sts_policy_page(house: WebHouse) -> Callable[[Request], Awaitable[Response]]:
    """Answers with the policy of the domain in the request's host name; 404 for any other host."""

    async def answer(request: Request) -> Response:
        host = request.headers.get("host", "").partition(":")[0].lower()
        try:
            domain = await house.directory.domain(domain_key(host.removeprefix(PREFIX))) if host.startswith(PREFIX) else None
        except ValueError:
            domain = None
        except Unavailable as error:
            return PlainTextResponse(f"{error}\n", 503)
        if domain is None or domain.status is not Status.ACTIVE:
            return PlainTextResponse("there is no policy of this name\n", 404)
        return PlainTextResponse(write_policy(await sts_policy(house.settings, domain.key, house.hostname)))

    return answer
