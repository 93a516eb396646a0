"""Pages from templates: what all of them are given, and what their answers carry."""

from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from posthouse.web.languages import LANGUAGES, preferred, supported
from posthouse.web.pages.files import address
from posthouse.web.pages.words import words

_ENVIRONMENT: Final = Environment(
    loader=PackageLoader("posthouse.web.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def language_of(request: Request) -> str:
    """The language asked for with ``?lang=``, or preferred by the browser."""
    return supported(request.query_params.get("lang", "")) or preferred(request.headers.get("accept-language", ""))


def page(request: Request, name: str, hostname: str, cache: str = "no-cache", *, status: int = 200, **values: object) -> Response:
    """Answer with the template ``NAME.html`` in the reader's language."""
    language = language_of(request)
    texts = words(language)
    text = _ENVIRONMENT.get_template(f"{name}.html").render(
        name=name,
        language=language,
        languages=LANGUAGES,
        frame=texts["frame"],
        words=texts[name],
        title=texts[name]["title"].format(host=hostname),
        hostname=hostname,
        address=address,
        **values,
    )
    return HTMLResponse(text, status, headers={"vary": "Accept-Language", "content-language": language, "cache-control": cache})
