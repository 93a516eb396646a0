"""Keys whose time is over go; those that sign, or still have to stay, do not."""

from pathlib import Path

import msgspec
from tests.support.administration import DOMAIN, OPERATOR, open_office

from posthouse.model.domain_key import KeyState
from posthouse.model.settings.relay import DKIM_RETIRING_DAYS
from posthouse.services.administer.publishing.expiring import ExpiringKeys
from posthouse.services.administer.publishing.keys import DomainKeys


async def test_only_retired_keys_go_and_only_when_it_is_time(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        parts = office.parts
        expiring = ExpiringKeys(parts.directory, parts.settings, parts.clock)
        keys = DomainKeys(parts)
        one, other = await keys.all(OPERATOR, DOMAIN)
        retired = await keys.retire(OPERATOR, DOMAIN, one.selector)
        assert await expiring.remove_due() == 0
        long_ago = parts.clock.now() - DKIM_RETIRING_DAYS.default * 86_400 - 1
        await parts.directory.put_domain_keys(DOMAIN, [msgspec.structs.replace(retired, changed_at=long_ago)])
        await parts.directory.put_domain_keys(DOMAIN, [msgspec.structs.replace(other, changed_at=long_ago)])
        assert await expiring.remove_due() == 1
        (left,) = await keys.all(OPERATOR, DOMAIN)
        assert (left.selector, left.state) == (other.selector, KeyState.ACTIVE)
