"""As whom somebody is given rights: as themselves, as a member of groups, and as anyone."""

from posthouse.foundation.ids import AccountId
from posthouse.model.sharing.rights import ANYONE, group_identifier, user_identifier
from posthouse.ports.directory import DirectoryReader
from posthouse.services.groups.membership import groups_of


class Grantees:
    """Asks the directory each time: who leaves a group has its rights no longer."""

    __slots__ = ("_directory",)

    def __init__(self, directory: DirectoryReader) -> None:
        self._directory = directory

    async def standing_for(self, account_id: AccountId) -> frozenset[str]:
        """The identifiers (``model.sharing.rights``) that stand for an account, through groups of groups too.

        Raises: Unavailable.
        """
        groups = await groups_of(self._directory, account_id)
        return frozenset({ANYONE, user_identifier(account_id), *(group_identifier(group.id) for group in groups)})
