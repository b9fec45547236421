"""Every operation asked by everybody: who gets in, who is told that there is nothing, and what they could change.

An operation without a row in ``tests.support.matrix`` fails, and so does a row without an operation.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from tests.support.matrix import MAY_KNOW, MORE, ROWS, TELLS_ADMIN, Row, leaks
from tests.support.services import Cluster, new_folder, remove_folder
from tests.support.web import PASSWORD
from tests.support.world import Caller, Facts, World, make_household, open_copy
from web.operation import Operation
from web.routes import OPERATIONS


def name_of(operation: Operation) -> str:
    return f"{operation.method} {re.sub(r':[a-z]+}', '}', operation.path)}"


BY_NAME = {name_of(operation): operation for operation in OPERATIONS}


@pytest.fixture(scope="module")
def household(cluster: Cluster) -> Iterator[Facts]:
    folder = new_folder()
    facts = make_household(cluster, folder)
    yield facts
    cluster.drop(facts.database_url)
    remove_folder(folder)


def test_every_operation_has_a_row_and_every_row_an_operation() -> None:
    assert set(BY_NAME) == set(ROWS)


async def ask(world: World, name: str, row: Row, caller: Caller) -> httpx.Response:
    method, path = name.split(" ")
    async with world.client(caller) as client:
        return await client.request(method, **row.request(world, path))


EXAMPLES = {**{name: (name, row) for name, row in ROWS.items()}, **MORE}


@pytest.mark.parametrize("example", EXAMPLES)
async def test_everybody_gets_exactly_what_they_may(
    cluster: Cluster, household: Facts, tmp_path: Path, example: str
) -> None:
    name, row = EXAMPLES[example]
    refused = [caller for caller in Caller if row.wanted(caller) >= 400]
    admitted = [caller for caller in Caller if caller not in refused]
    async with open_copy(cluster, household, tmp_path) as world:
        before = await world.state()
        answers = {caller: await ask(world, name, row, caller) for caller in refused}
        assert await world.state() == before
        for caller in admitted:
            answers[caller] = await ask(world, name, row, caller)
    statuses = {str(caller): answer.status_code for caller, answer in answers.items()}
    wanted = {str(caller): row.wanted(caller) for caller in Caller}
    assert statuses == wanted, {str(caller): answer.text[:200] for caller, answer in answers.items()}
    for caller, answer in answers.items():
        if not (caller in MAY_KNOW and answer.is_success) and name not in TELLS_ADMIN:
            assert not leaks(answer.content), f"{caller}: {answer.text[:500]}"


@pytest.mark.parametrize(
    ("example", "says"),
    [
        ("GET /api/auth/oidc/start", "sign_in_error=provider_unavailable"),
        ("GET /api/auth/oidc/callback", "sign_in_error=expired"),
        ("connecting an identity", "sign_in_error=provider_unavailable"),
        ("proving it at the provider", "sign_in_error=provider_unavailable"),
        ("POST /api/auth/oidc/backchannel-logout", "no signed token"),
        ("GET /api/admin/oidc/check", "Nobody answers at 127.0.0.1:1"),
    ],
)
async def test_what_is_about_the_provider_is_reached(
    cluster: Cluster, household: Facts, tmp_path: Path, example: str, says: str
) -> None:
    name, row = EXAMPLES[example]
    async with open_copy(cluster, household, tmp_path) as world:
        answer = await ask(world, name, row, Caller.ADMIN)
    assert says in answer.headers.get("location", "") + answer.text


#: What nobody may set by sending it along: fields of rows, and names that other systems fell for.
SMUGGLED: Mapping[str, Any] = {
    "role": "admin",
    "owner": "00000000-0000-4000-8000-000000000000",
    "owner_id": "00000000-0000-4000-8000-000000000000",
    "user_id": "00000000-0000-4000-8000-000000000000",
    "account": "00000000-0000-4000-8000-000000000000",
    "id": "00000000-0000-4000-8000-000000000000",
    "quota_bytes": 1 << 60,
    "pinned": True,
    "is_admin": True,
    "email_verified": True,
    "password_hash": "x",
    "disabled_at": None,
    "disabled": False,
    "scopes": ["admin"],
    "state": "active",
    "revision": 1,
    "purge_after": None,
    "__proto__": {"role": "admin"},
}


def with_smuggled(body: Any, name: str, value: Any) -> Iterator[Any]:
    """The body with the field at its top, and in each object inside it."""
    if isinstance(body, dict):
        if name not in body:
            yield {**body, name: value}
        for key, item in body.items():
            yield from ({**body, key: changed} for changed in with_smuggled(item, name, value))
    elif isinstance(body, list):
        for number, item in enumerate(body):
            for changed in with_smuggled(item, name, value):
                yield [*body[:number], changed, *body[number + 1 :]]


def known_fields(operation: Operation) -> set[str]:
    """The names in any object of the operation's body, as the document has them."""
    shape: Any = operation.body or operation.form
    schema = TypeAdapter(shape).json_schema()
    return {name for properties in _objects(schema) for name in properties}


def _objects(schema: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield schema["properties"]
        for item in schema.values():
            yield from _objects(item)
    elif isinstance(schema, list):
        for item in schema:
            yield from _objects(item)


async def test_no_body_takes_a_field_that_it_does_not_name(
    cluster: Cluster, household: Facts, tmp_path: Path
) -> None:
    tried = 0
    async with open_copy(cluster, household, tmp_path) as world:
        before = await world.state()
        for name, operation in BY_NAME.items():
            row = ROWS[name]
            # What else is in a logout token's form has to be passed over, by OpenID Connect's own rules.
            if (operation.body is None and operation.form is None) or name.endswith("backchannel-logout"):
                continue
            caller = Caller.ADMIN if row.wanted(Caller.OWNER) >= 400 else Caller.OWNER
            request = row.request(world, name.split(" ")[1])
            bodies = [
                (field, body)
                for field, value in SMUGGLED.items()
                if field not in known_fields(operation)
                for body in with_smuggled(request["json"] or {}, field, value)
            ]
            async with world.client(caller) as client:
                for field, body in bodies:
                    if operation.form is None:
                        given: dict[str, Any] = {**request, "json": body}
                    else:
                        given = {**request, "json": None, "data": {field: str(body[field])}}
                    answer = await client.request(operation.method, **given)
                    assert answer.status_code == 400, f"{name} took {field}: {answer.text[:300]}"
                    assert field in answer.text
                    tried += 1
        assert await world.state() == before
    assert tried > 200


async def test_a_role_is_gained_and_lost_at_once_by_sessions_tokens_and_keys(
    cluster: Cluster, household: Facts, tmp_path: Path
) -> None:
    async with (
        open_copy(cluster, household, tmp_path) as world,
        world.client(Caller.ADMIN) as anna,
        world.client(Caller.OTHER) as browser,
    ):
        credentials = {"username": "otto", "password": PASSWORD}
        token = (await browser.post("/api/auth/token", json=credentials)).json()["access_token"]
        wanted = {"name": "k", "scopes": ["asset:read", "asset:write"]}
        key = (await browser.post("/api/me/keys", json=wanted)).json()["key"]
        async with world.web.script(token) as by_token, world.web.script(key) as by_key:

            async def statuses(path: str, method: str = "GET", **given: Any) -> list[int]:
                return [
                    (await client.request(method, path, **given)).status_code
                    for client in (browser, by_token, by_key)
                ]

            async def becomes(**changes: Any) -> None:
                answer = await anna.patch(f"/api/admin/users/{world['otto']}", json=changes)
                assert answer.status_code == 200, answer.text

            folder: dict[str, Any] = {"method": "POST", "json": {"path": "New"}}
            check: dict[str, Any] = {"method": "POST", "json": [{"sha256": "0" * 64, "size": 1}]}
            assert await statuses("/api/uploads/check", **check) == [200] * 3
            await becomes(role="viewer")
            assert await statuses("/api/uploads/check", **check) == [403] * 3
            assert await statuses("/api/folders", **folder) == [403] * 3
            assert await statuses("/api/assets") == [200] * 3
            await becomes(role="admin")
            assert await statuses("/api/uploads/check", **check) == [200] * 3
            # A key keeps to its scopes, whatever its owner becomes.
            assert await statuses("/api/admin/audit") == [200, 200, 403]
            await becomes(role="member")
            assert await statuses("/api/admin/audit") == [403] * 3
            await becomes(disabled=True)
            assert await statuses("/api/assets") == [401] * 3
            await becomes(disabled=False)
            deleted = await anna.delete(f"/api/admin/users/{world['otto']}", params={"assets": "trash"})
            assert deleted.status_code == 200, deleted.text
            assert await statuses("/api/assets") == [401] * 3
