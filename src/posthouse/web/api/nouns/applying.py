"""Making a description true."""

import msgspec

from posthouse.model.role import Act
from posthouse.services.administer.applying.applying import Applying
from posthouse.services.administer.applying.description import Description
from posthouse.services.administer.applying.plan import Applied
from posthouse.web.api.endpoint import Call, Endpoint, Where


class ApplyQuery(msgspec.Struct, frozen=True):
    """How."""

    plan: bool = False
    """Only tell what would be done."""
    prune: bool = False
    """Remove accounts, groups and aliases of described domains that are not described."""


async def _apply(call: Call) -> Applied:
    applying = Applying(call.house.administration)
    verb = applying.plan if call.query.plan else applying.apply
    return await verb(call.principal, call.body, prune=call.query.prune)


ENDPOINTS = (
    Endpoint(
        method="POST", path="/apply", act=Act.DOMAIN_LOOK, where=Where.SEEN,
        summary="Make a description true, or tell what that would take; each step needs its own right.", handle=_apply,
        answer=Applied, body=Description, example=Description(), query=ApplyQuery,
    ),
)  # fmt: skip
