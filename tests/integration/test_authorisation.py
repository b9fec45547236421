"""Every operation against everybody who may not: a new one without protection fails here by itself."""

import re

import pytest

from appliance.db import accounts
from appliance.library.keys import create_key
from appliance.library.sessions import start_session
from appliance.records.accounts import Role, Scope
from tests.support.web import ORIGIN, Web
from web.auth.policy import ROLES, Permission
from web.operation import Operation
from web.routes import OPERATIONS

PROTECTED = tuple(operation for operation in OPERATIONS if operation.permission in ROLES)

_SAMPLES = {"uuid": "00000000-0000-4000-8000-000000000000", "int": "1", "": "sample"}


def address(operation: Operation) -> str:
    return re.sub(r"\{\w+:?(\w*)\}", lambda found: _SAMPLES[found.group(1)], operation.path)


def name_of(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


async def statuses(web: Web, headers: dict[str, str], operations: tuple[Operation, ...]) -> dict[str, int]:
    async with web.client() as client:
        return {
            name_of(operation): (
                await client.request(operation.method, address(operation), headers=headers)
            ).status_code
            for operation in operations
        }


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Cookie": "sid=" + "A" * 43},
        {"Authorization": "Bearer " + "A" * 43},
        {"Authorization": "Bearer ss_AAAAAAAA_" + "A" * 43},
        {"Authorization": "Basic YW5uYTphbm5h"},
    ],
    ids=["nothing", "junk cookie", "junk token", "junk key", "basic"],
)
async def test_nobody_gets_past_any_protected_operation(home: Web, headers: dict[str, str]) -> None:
    found = await statuses(home, headers, PROTECTED)
    assert len(found) == len(PROTECTED)
    assert {name: status for name, status in found.items() if status != 401} == {}


async def test_an_ended_session_gets_past_none(bare_web: Web) -> None:
    async with bare_web.signed_in() as browser:
        cookie = {"Cookie": f"sid={browser.cookies['sid']}"}
        await browser.post("/api/auth/logout")
    found = await statuses(bare_web, cookie, PROTECTED)
    assert set(found.values()) <= {401}


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_gets_past_what_it_has_the_permission_for_and_nothing_else(
    home: Web, role: Role
) -> None:
    user = await accounts.insert(home.db, name=f"a {role}", password_hash=None, role=role)
    refused = tuple(operation for operation in PROTECTED if role not in ROLES[operation.permission])
    _, token = await start_session(home.db, home.settings, user, ip="", user_agent="")
    found = await statuses(home, {"Cookie": f"sid={token}", "Origin": ORIGIN}, refused)
    assert {name: status for name, status in found.items() if status != 403} == {}
    assert role is not Role.VIEWER or all(
        operation in refused for operation in PROTECTED if operation.permission is Permission.CONTRIBUTE
    )


@pytest.mark.parametrize("scope", list(Scope))
async def test_a_key_gets_past_what_its_scope_is_for_and_nothing_else(home: Web, scope: Scope) -> None:
    user = await accounts.find_first_admin(home.db)
    assert user is not None
    _, key = await create_key(
        home.db, user_id=user.id, role=user.role, name="k", scopes=frozenset({scope}), expires_days=1
    )
    refused = tuple(
        operation
        for operation in PROTECTED
        if not operation.keys or (operation.scope is not None and operation.scope is not scope)
    )
    found = await statuses(home, {"Authorization": f"Bearer {key}"}, refused)
    assert {name: status for name, status in found.items() if status != 403} == {}
