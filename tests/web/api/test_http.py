"""What holds for every operation: problems, tags, pages, keys, limits."""

import json
from typing import Any

import pytest
from tests.support.administration import DOMAIN, OPERATOR
from tests.support.api import ROOT, Api
from tests.support.asgi import Answer, ask

from posthouse.foundation.errors import Corrupt, Unavailable
from posthouse.model.role import Role
from posthouse.services.administer.accounts import Accounts, NewAccount
from posthouse.services.administer.credentials import AppPasswords
from posthouse.web.api import answering, reading
from posthouse.web.api.problems import KINDS

ALICE = f"/accounts/alice@{DOMAIN}"
NEW = {"address": f"alice@{DOMAIN}"}


def problem(answer: Answer, status: int, kind: str) -> dict[str, Any]:
    """The problem of an answer."""
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json
    assert (answer.status, found["status"], found["type"]) == (status, status, f"{ROOT}/problems/{kind}")
    assert found["title"] == KINDS[kind].title
    return found


async def test_what_is_made_is_there_and_can_be_changed_and_removed(api: Api) -> None:
    made = await api.ask("POST", "/accounts", NEW | {"display_name": "Alice"})
    assert (made.status, made.headers["location"]) == (201, f"{ROOT}{ALICE}")
    assert (await api.ask("GET", ALICE)).json["account"] == made.json
    assert (await api.ask("PATCH", ALICE, {"display_name": "A", "role": "auditor"})).json["role"] == "auditor"
    assert (await api.ask("POST", f"{ALICE}/suspend")).json["status"] == "suspended"
    gone = await api.ask("DELETE", ALICE)
    assert (gone.status, gone.body) == (204, b"")
    assert (await api.ask("GET", ALICE)).json["account"]["status"] == "removed"  # until its time is over it can be restored
    assert [each.act for each in api.office.audit.entries[-2:]] == ["account.suspend", "account.remove"]
    assert api.office.audit.entries[-1].origin == "192.0.2.1"


async def test_problems(api: Api) -> None:
    problem(await api.ask("GET", "/nothing"), 404, "not-found")
    refused = await api.ask("PATCH", "/accounts", {})
    problem(refused, 405, "method-not-allowed")
    assert refused.headers["allow"] == "GET, HEAD, POST"
    problem(await api.ask("GET", "/accounts", accept="text/html"), 406, "not-acceptable")
    problem(await api.ask("POST", "/accounts", b"{}", content_type="text/plain"), 415, "unsupported-media-type")
    problem(await api.ask("POST", "/accounts", b"{"), 400, "malformed")
    problem(await api.ask("POST", "/accounts", b'{"address": "\xff"}'), 400, "malformed")
    problem(await api.ask("POST", "/accounts", b"[" * 100_000), 422, "invalid")
    problem(await api.ask("PUT", "/settings/dkim.sign", b'{"value":' + b"[" * 100_000), 400, "malformed")
    assert problem(await api.ask("POST", "/accounts", {"address": 1}), 422, "invalid")["at"] == "$.address"
    problem(await api.ask("POST", "/accounts", NEW | {"colour": "red"}), 422, "invalid")
    problem(await api.ask("POST", "/accounts", NEW | {"role": "king"}), 422, "invalid")
    problem(await api.ask("POST", "/accounts", NEW | {"password": "apple"}), 422, "invalid")
    problem(await api.ask("GET", "/accounts?colour=red"), 422, "invalid")
    problem(await api.ask("GET", "/accounts?limit=0"), 422, "invalid")
    problem(await api.ask("GET", "/accounts?limit=1&limit=2"), 422, "invalid")
    problem(await api.ask("GET", "/accounts?after=x"), 422, "invalid")
    problem(await api.ask("GET", "/accounts?domain=example.org"), 404, "not-found")
    await api.ask("POST", "/accounts", NEW)
    problem(await api.ask("POST", "/accounts", NEW), 409, "already-exists")
    problem(await api.ask("DELETE", f"/domains/{DOMAIN}"), 409, "refused")


async def test_each_kind_of_problem_is_described(api: Api) -> None:
    for kind, known in KINDS.items():
        answer = await ask(api.app, f"https://mail.example.test{ROOT}/problems/{kind}")
        assert (answer.status, answer.json) == (200, {"status": known.status, "title": known.title})
    problem(await ask(api.app, f"https://mail.example.test{ROOT}/problems/none"), 404, "not-found")


async def test_a_body_is_at_most_so_large(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BODY_OCTETS", 100)
    problem(await api.ask("POST", "/accounts", NEW | {"display_name": "x" * 100}), 413, "too-large")
    problem(await api.ask("POST", "/accounts", NEW, content_length="101"), 413, "too-large")


async def test_faults_are_told_without_what_is_inside(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ValueError("inside")

    async def corrupt(*_: object) -> None:
        raise Corrupt("a bad page")

    async def away(*_: object) -> None:
        raise Unavailable("the directory does not answer")

    monkeypatch.setattr(Accounts, "page", broken)
    assert "inside" not in problem(await api.ask("GET", "/accounts"), 500, "internal")["detail"]
    monkeypatch.setattr(Accounts, "page", corrupt)
    problem(await api.ask("GET", "/accounts"), 500, "internal")
    monkeypatch.setattr(Accounts, "page", away)
    answer = await api.ask("GET", "/accounts")
    problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"]


async def test_tokens_go_over_tls_only(api: Api) -> None:
    token = await api.token("root", Role.OPERATOR)
    url = f"http://mail.example.test{ROOT}/me"
    problem(await ask(api.app, url, authorization=f"Bearer {token}"), 403, "tls-required")
    assert (await ask(api.app, url, client="127.0.0.1", authorization=f"Bearer {token}")).status == 200
    assert (await ask(api.app, url, client="::1", authorization=f"Bearer {token}")).json["role"] == "operator"


async def test_requests_are_counted(api: Api) -> None:
    await api.ask("PUT", "/settings/api.requests_per_minute", {"value": 3})
    answers = [await api.ask("GET", "/me") for _ in range(4)]
    assert [answer.status for answer in answers[:1]] == [200]
    problem(answers[-1], 429, "too-many-requests")
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_wrong_tokens_are_counted_by_address(api: Api) -> None:
    await api.ask("PUT", "/settings/api.failures_per_minute", {"value": 2})
    answers = [await api.ask("GET", "/me", token="x") for _ in range(3)]
    assert [answer.status for answer in answers] == [401, 401, 429]


async def test_what_has_not_changed_is_not_sent_again(api: Api) -> None:
    await api.ask("POST", "/accounts", NEW)
    tag = (await api.ask("GET", ALICE)).headers["etag"]
    for known in (tag, f'"x", W/{tag}', "*"):
        answer = await api.ask("GET", ALICE, if_none_match=known)
        assert (answer.status, answer.headers["etag"], answer.body) == (304, tag, b"")
    assert (await api.ask("GET", ALICE, if_none_match='"x"')).status == 200


async def test_what_has_changed_meanwhile_is_not_changed(api: Api) -> None:
    await api.ask("POST", "/accounts", NEW)
    tag = (await api.ask("GET", ALICE)).headers["etag"]
    assert (await api.ask("PATCH", ALICE, {"display_name": "A"}, if_match=tag)).status == 200
    problem(await api.ask("PATCH", ALICE, {"display_name": "B"}, if_match=tag), 412, "changed")
    problem(await api.ask("DELETE", ALICE, if_match=f"W/{tag}"), 412, "changed")
    assert (await api.ask("GET", ALICE)).json["account"]["display_name"] == "A"
    problem(await api.ask("PUT", f"{ALICE}/password", {"password": "Corr3ct-horse"}, if_match=tag), 422, "invalid")
    assert (await api.ask("DELETE", ALICE, if_match="*")).status == 204


async def test_a_list_comes_in_pages(api: Api) -> None:
    for number in range(5):
        await api.office.accounts.add(OPERATOR, NewAccount(address=f"user{number}@{DOMAIN}", password=None))
    path, seen = f"/accounts?limit=2&domain={DOMAIN}", []
    while path:
        answer = await api.ask("GET", path)
        seen += [each["address"] for each in answer.json["items"]]
        link = answer.headers.get("link", "")
        assert bool(link) == (answer.json["next"] is not None)
        path = link.partition(">")[0].removeprefix(f"<{ROOT}")
    assert seen == sorted([f"root@{DOMAIN}", *(f"user{number}@{DOMAIN}" for number in range(5))])


async def test_a_request_with_a_key_is_done_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    await api.ask("POST", "/accounts", NEW)
    path, body = f"{ALICE}/app-passwords", {"name": ""}
    first = await api.ask("POST", path, body, idempotency_key="one")
    again = await api.ask("POST", path, body, idempotency_key="one")
    assert (again.status, again.json, again.headers["location"]) == (201, first.json, first.headers["location"])
    assert again.headers["idempotent-replayed"] == "true"
    problem(await api.ask("POST", path, {"name": "x"}, idempotency_key="one"), 422, "key-reused")
    problem(await api.ask("POST", path, body, idempotency_key="x" * 201), 422, "invalid")
    assert (await api.ask("POST", path, body, idempotency_key="two")).json != first.json
    other = await api.token("other", Role.OPERATOR)
    assert (await api.ask("POST", path, body, token=other, idempotency_key="one")).json != first.json
    api.office.clock.advance(answering.KEEP_SECONDS + 1)
    assert (await api.ask("POST", path, body, idempotency_key="one")).json != first.json

    async def away(*_: object) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(AppPasswords, "add", away)
        problem(await api.ask("POST", path, body, idempotency_key="three"), 503, "unavailable")
    assert (await api.ask("POST", path, body, idempotency_key="three")).status == 201


async def test_answers_that_are_kept_are_sealed(api: Api, tmp_path: Any) -> None:
    await api.ask("POST", "/accounts", NEW)
    made = await api.ask("POST", f"{ALICE}/app-passwords", {"name": ""}, idempotency_key="one")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("answers.db*"))
    assert kept
    assert made.json["password"].encode() not in kept


async def test_owners_do_what_is_their_own(api: Api) -> None:
    token = await api.token("alice", Role.OWNER)
    assert (await api.ask("GET", "/me", token=token)).json["acts"] == []
    assert (await api.ask("POST", f"{ALICE}/app-passwords", {"name": "phone"}, token=token)).status == 201
    assert (await api.ask("PUT", f"{ALICE}/forward", {"targets": ["a@elsewhere.example"]}, token=token)).status == 200
    own = (await api.ask("GET", "/audit/own?limit=2", token=token)).json
    assert [each["act"] for each in own["items"]] == ["forward.change", "app-password.add"]
    assert own["next"]
    assert (await api.ask("GET", f"/audit/own?after={own['next']}", token=token)).json["items"][0]["number"] < own["items"][-1][
        "number"
    ]
    problem(await api.ask("GET", ALICE, token=token), 403, "not-permitted")


async def test_a_token_does_what_it_is_for(api: Api) -> None:
    token = await api.token("root", Role.OPERATOR, acts=("read-only",))
    assert (await api.ask("GET", "/accounts", token=token)).status == 200
    problem(await api.ask("POST", "/accounts", NEW, token=token), 403, "not-permitted")


async def test_the_document_is_there_for_everybody(api: Api) -> None:
    answer = await ask(api.app, "https://mail.example.test/api/openapi.json")
    found = json.loads(answer.body)
    assert found["openapi"] == "3.1.0"
    names = [operation["operationId"] for methods in found["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))


async def test_settings_are_followed_without_a_restart(api: Api) -> None:
    assert (await api.ask("PUT", f"/settings/mail.quota_octets?domain={DOMAIN}", {"value": 1_000})).json["set_at"] == "domain"
    assert (await api.ask("POST", "/accounts", NEW)).json["quota_octets"] == 1_000
    assert (await api.ask("DELETE", f"/settings/mail.quota_octets?domain={DOMAIN}")).status == 204
    assert (await api.ask("GET", f"/settings/mail.quota_octets?domain={DOMAIN}")).json["set_at"] == "default"
