"""Every operation of the OpenAPI document, as every role, in an own domain and in a foreign one.

The document says which act an operation is and where its right has to hold; an operation that does not say, or that answers
otherwise than the table of roles, fails.
"""

import json
from typing import Any

import pytest
from tests.support.administration import DOMAIN, OPERATOR
from tests.support.api import Api

from posthouse.model.role import Act, Role
from posthouse.services.administer.accounts import NewAccount
from posthouse.web.api.answering import ROOT
from posthouse.web.api.application import ENDPOINTS
from posthouse.web.api.endpoint import Where
from posthouse.web.api.openapi import document

FOREIGN = "example.org"
DOCUMENT = document(ENDPOINTS, "0")
OPERATIONS = [
    pytest.param(method, path, operation, id=operation["operationId"])
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
ROLES = [role for role in Role if role is not Role.SYSTEM]
NO_ID = "0" * 26


def _request(path: str, operation: dict[str, Any], domain: str) -> tuple[str, Any]:
    """The path and the body of a request about something in a domain."""
    values = {
        "domain": domain,
        "address": f"sales@{domain}" if "/aliases/" in path else f"alice@{domain}",
        "selector": "x",
        "id": NO_ID,
        "key": "dkim.sign",
        "name": "x",
    }
    asked = path.removeprefix(ROOT)
    for name, value in values.items():
        asked = asked.replace(f"{{{name}}}", value)
    wanted = {"domain": domain, "subject": f"alice@{domain}", "address": "192.0.2.1"}
    if operation["x-where"] == Where.SEEN:
        wanted = {}  # of what there is, what one may see
    names = {each["name"] for each in operation["parameters"] if each["in"] == "query"}
    query = "&".join(f"{name}={value}" for name, value in wanted.items() if name in names)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    if body is not None:
        body = json.loads(
            json.dumps(body).replace("bob@example.test", "BOB").replace(DOMAIN, domain).replace("BOB", "bob@" + DOMAIN)
        )
    return (f"{asked}?{query}" if query else asked), body


def _may(operation: dict[str, Any], role: Role, domain: str) -> bool:
    act, where = operation["x-act"], Where(operation["x-where"])
    if where in (Where.OWN, Where.ANYBODY):
        return True
    if Act(act) not in role.acts:
        return False
    if role is Role.OPERATOR or where is Where.SEEN:
        return True
    return where is Where.DOMAIN and domain == DOMAIN and role is not Role.GROUP_MANAGER


def test_every_operation_says_what_it_is() -> None:
    for parameter in OPERATIONS:
        operation: dict[str, Any] = parameter.values[2]  # type: ignore[assignment]
        assert operation["x-where"] in set(Where)
        assert operation["x-act"] is not None or operation["tags"] == ["session"] or operation["operationId"] == "get_me"
        if "requestBody" in operation:
            assert "example" in operation["requestBody"]["content"]["application/json"]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
async def test_an_operation_is_for_who_may(api: Api, method: str, path: str, operation: dict[str, Any]) -> None:
    office = api.office
    await office.domains.add(OPERATOR, FOREIGN)
    for domain in (DOMAIN, FOREIGN):
        for name in ("alice", "bob"):
            await office.accounts.add(OPERATOR, NewAccount(address=f"{name}@{domain}", password=None))
        await office.aliases.add(OPERATOR, f"sales@{domain}", [f"alice@{domain}"])
    tokens = {role: await api.token(f"somebody{role}", role) for role in ROLES}
    for role in ROLES:
        for domain in (FOREIGN, DOMAIN):
            asked, body = _request(path, operation, domain)
            answer = await api.ask(method.upper(), asked, body, token=tokens[role])
            assert str(answer.status) in operation["responses"], answer.text
            assert answer.status < 500, answer.text
            assert (answer.status != 403) == _may(operation, role, domain), (role, domain, answer.text)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
async def test_nobody_is_let_in_without_a_token(api: Api, method: str, path: str, operation: dict[str, Any]) -> None:
    asked, body = _request(path, operation, DOMAIN)
    if operation["x-where"] == Where.ANYBODY:
        assert operation["security"] == []
        return
    for headers in ({}, {"authorization": "Basic cm9vdDpwdw=="}, {"authorization": "Bearer posthouse_x_y"}):
        answer = await api.ask(method.upper(), asked, body, token="", **headers)
        assert (answer.status, answer.json["type"]) == (401, "/api/v1/problems/unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
