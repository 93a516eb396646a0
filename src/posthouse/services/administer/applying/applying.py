"""Making a description true, one step after the other; each is an act of its own in the audit log."""

from posthouse.foundation.errors import PosthouseError
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.services.administer.applying.description import Description
from posthouse.services.administer.applying.plan import Applied
from posthouse.services.administer.applying.planning import Planning
from posthouse.services.administer.parts import Administration


class Applying:
    """The verbs; both raise Invalid, NotFound (a setting), NotPermitted (what may not even be looked at), Unavailable."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def plan(self, principal: Principal, wanted: Description, *, prune: bool = False) -> Applied:
        """What would be done; nothing is. ``prune``: of described domains, what is not described goes."""
        principal.require_some(Act.DOMAIN_LOOK)
        return Applied([each.step for each in await Planning(self._parts, principal).plan(wanted, prune=prune)])

    async def apply(self, principal: Principal, wanted: Description, *, prune: bool = False) -> Applied:
        """Do it. What fails ends it: what was done before stays, and is told; doing it again goes on from there."""
        principal.require_some(Act.DOMAIN_LOOK)
        planned = await Planning(self._parts, principal).plan(wanted, prune=prune)
        steps = [each.step for each in planned]
        for number, each in enumerate(planned):
            try:
                await each.do()
            except PosthouseError as error:
                return Applied(steps, number, str(error))
        return Applied(steps, len(steps))
