"""Quotas and the disk."""

import dataclasses
from pathlib import Path

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.adapters.system.disk import FolderDisk
from posthouse.foundation.errors import Refused, Unavailable
from posthouse.ports.disk import Room
from posthouse.services.administer.accounts import AccountChanges, Accounts, NewAccount


class SmallDisk:
    async def room(self) -> Room:
        return Room(1_000_000, 10)


async def test_one_quota_may_not_be_more_than_the_disk_has_all_together_may(office: Office) -> None:
    accounts = Accounts(dataclasses.replace(office.parts, disk=SmallDisk()))
    with pytest.raises(Refused, match="more than the whole disk has"):
        await accounts.add(OPERATOR, NewAccount(address=f"anna@{DOMAIN}", password=None, quota_octets=1_000_001))
    for name in ("anna", "bob"):
        await accounts.add(OPERATOR, NewAccount(address=f"{name}@{DOMAIN}", password=None, quota_octets=1_000_000))
    with pytest.raises(Refused, match="whole disk"):
        await accounts.change(OPERATOR, f"anna@{DOMAIN}", AccountChanges(quota_octets=2_000_000))
    await accounts.change(OPERATOR, f"anna@{DOMAIN}", AccountChanges(quota_octets=0))
    carl = await accounts.add(OPERATOR, NewAccount(address=f"carl@{DOMAIN}", password=None))
    assert carl.quota_octets == 1_000_000, "the default is less where the disk is small"


async def test_what_was_given_before_the_disk_shrank_may_stay_and_shrink(office: Office) -> None:
    await office.accounts.add(OPERATOR, NewAccount(address=f"anna@{DOMAIN}", password=None, quota_octets=9_000_000))
    accounts = Accounts(dataclasses.replace(office.parts, disk=SmallDisk()))
    await accounts.change(OPERATOR, f"anna@{DOMAIN}", AccountChanges(display_name="Anna"))
    await accounts.change(OPERATOR, f"anna@{DOMAIN}", AccountChanges(quota_octets=5_000_000))


async def test_the_disk_of_a_folder(tmp_path: Path) -> None:
    room = await FolderDisk(tmp_path).room()
    assert 0 < room.free_octets <= room.octets
    with pytest.raises(Unavailable, match="nowhere"):
        await FolderDisk(tmp_path / "nowhere").room()
