"""Which site a browser's passkeys are for."""

from starlette.requests import Request

from posthouse.trust.passkeys import Site


def site_of(request: Request, hostname: str) -> Site | None:
    """The site of a request; None under another name than the house's own: passkeys belong to one name (docs/signing-in.md)."""
    if (request.url.hostname or "").lower() != hostname.lower():
        return None
    return Site(hostname.lower(), f"{request.url.scheme}://{request.url.netloc.lower()}")
