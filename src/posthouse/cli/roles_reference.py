"""The page about roles: ``python -m posthouse.cli.roles_reference > docs/roles.md``."""

from posthouse.model.role import OWN_ACTS, Act, Role

HEAD = """\
# Roles

What a role may do is one table (`model/role.py`); services look at it, whichever way somebody comes. A role holds in the places its
account administers: domains, addresses of groups, or `*` for everywhere. Where none is named it holds in the account's own domain;
an operator's holds everywhere.

    posthouse account set bob@example.test --role domain-administrator --administers example.test,example.org

Nobody changes an account, or gives a role, that may do more than they may, there. The reasons are in [adr/0016](adr/0016-roles.md).

"""


def reference() -> str:
    """The page in Markdown, made from the table."""
    roles = [role for role in Role if role not in (Role.OWNER, Role.SYSTEM)]
    lines = [
        f"| act | own account | {' | '.join(role.words.replace('-', ' ') for role in roles)} |",
        f"| --- | --- | {' | '.join('---' for _ in roles)} |",
    ]
    for act in Act:
        cells = ["x" if act in OWN_ACTS else "", *("x" if act in role.acts else "" for role in roles)]
        lines.append(f"| `{act.value}` | {' | '.join(cells)} |")
    return HEAD + "\n".join(line.replace("|  |", "| |").replace("|  |", "| |") for line in lines) + "\n"


if __name__ == "__main__":
    print(reference(), end="")
