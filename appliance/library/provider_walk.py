"""Has the running server walk the way to the identity provider, as it alone has the provider's secret and its tools.

It is asked with a key of the first administrator's that works for minutes and is ended right after.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from appliance.db import audit
from appliance.db.accounts import find_first_admin
from appliance.db.engine import Database, open_database
from appliance.embedded.urls import urls
from appliance.errors import SceneSenseError
from appliance.library.checks.common import failure, refused
from appliance.library.checks.server import address_of_socket, client_at
from appliance.library.keys import create_key, revoke_key
from appliance.library.running import bind_of
from appliance.records.accounts import Scope
from appliance.records.doctor import Examination, Finding, Level
from appliance.settings import Settings

#: A walk asks the provider some ten times, each within OIDC_TIMEOUT_S.
_ANSWERS = 12

_KEY_DAYS = 10 / (24 * 60)

_START = (
    "Start it with `scene-sense up`, or systemctl start scene-sense-web.service. If it runs at another address, say"
    " so with BIND."
)


async def walk_to_provider(settings: Settings) -> Examination:
    """What the server found, or why it could not be asked."""
    if not settings.oidc_enabled:
        text = "OIDC_ENABLED is off, so that people sign in with passwords alone."
        return Examination(
            (failure("settings", text, "OIDC_ENABLED=true; docs/identity-providers has more."),)
        )
    try:
        async with open_database(urls(settings)[0], pool_size=2) as db:
            return await _asked(settings, db)
    except SceneSenseError as error:
        return Examination((refused("database", error, "`scene-sense doctor` looks at the database."),))


async def _asked(settings: Settings, db: Database) -> Examination:
    bind = bind_of(settings)
    if bind.startswith("fd://"):
        bind = await address_of_socket() or ""
    if not bind:
        text = f"BIND is {settings.bind}, and systemd does not say at which address that is."
        return Examination((failure("server", text, _START),))
    async with _key(db) as key:
        if key is None:
            text = "Nobody has set this appliance up, which comes before signing in through the provider."
            remedy = "Open the setup link that the first start printed."
            return Examination((failure("setup", text, remedy),))
        seconds = _ANSWERS * settings.oidc_timeout_s
        try:
            async with client_at(bind, timeout_seconds=seconds) as client:
                answer = await client.get("/api/admin/oidc/check", headers={"Authorization": f"Bearer {key}"})
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            return Examination((failure("server", f"Nobody answers at {bind} ({reason}).", _START),))
    return Examination(_read(answer, bind))


@asynccontextmanager
async def _key(db: Database) -> AsyncIterator[str | None]:
    """A key that works as long as this is open; None while nobody administers."""
    admin = await find_first_admin(db)
    if admin is None:
        yield None
        return
    key, text = await create_key(
        db,
        user_id=admin.id,
        role=admin.role,
        name="scene-sense doctor oidc",
        scopes=frozenset({Scope.ADMIN}),
        expires_days=_KEY_DAYS,
    )
    await audit.record(db, action="key.create", actor=admin.id, object=key.id, reason="command line")
    try:
        yield text
    finally:
        await revoke_key(db, key.id, user_id=admin.id)


def _read(answer: httpx.Response, bind: str) -> tuple[Finding, ...]:
    try:
        body = answer.json()
        if answer.status_code == 200:
            return tuple(
                Finding(step["name"], Level(step["level"]), step["text"], step["remedy"])
                for step in body["steps"]
            )
        text = f"The server at {bind} did not walk: {body['detail']}"
    except (ValueError, KeyError, TypeError):
        text = f"What answers at {bind} is not this release of Scene-Sense ({answer.status_code})."
    remedy = "Restart the server after a change of its settings; its log has more."
    return (failure("server", text, remedy),)
