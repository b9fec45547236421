"""Opens what the web process needs before the first request, and closes it after the last."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from appliance.cores import cores
from appliance.db.engine import Database
from appliance.db.listening import listen
from appliance.embedded.urls import urls
from appliance.errors import SettingsError, Unavailable
from appliance.library.appliance import open_appliance
from appliance.library.arrivals import keep_finishing
from appliance.library.changed_settings import record_changed_settings
from appliance.library.secrets import device_secret, jwt_secret
from appliance.library.setup import SETUP_TOKEN_LIFETIME, ensure_setup_token
from appliance.settings import Settings
from web.live.desk import desk_of
from web.state import Context
from web.uploading import upload_gate

log = logging.getLogger(__name__)

#: Where the triggers of the database tell that somebody's right may have ended.
ACCESS_CHANNEL = "scene_sense_access"

#: How often it is looked whether the setup token is too old, seconds.
LOOK_EVERY_SECONDS = 60.0


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """The time in which requests can be served.

    The volume and the model may be missing; the database may not. If it goes away later, requests are refused
    until it is back.

    Raises:
        DatabaseUnavailable: it is not there.
        SettingsError: what is configured can't be used.
    """
    context: Context = app.state.context
    settings = context.settings
    context.jwt_secret = await asyncio.to_thread(jwt_secret, settings)
    context.device_secret = await asyncio.to_thread(device_secret, settings)
    # A new upload is looked at here; all other decoding is the workers'.
    decoders = min(2, cores())
    async with open_appliance(settings, towers=frozenset({"text"}), decoder_processes=decoders) as appliance:
        setup_token = await ensure_setup_token(settings, appliance.db)
        if setup_token:
            _tell(settings, setup_token)
        await record_changed_settings(appliance.db, settings)
        context.opened = appliance
        tasks = [
            asyncio.create_task(appliance.models.follow()),
            asyncio.create_task(_hear_of_access(context)),
            asyncio.create_task(keep_finishing(appliance, upload_gate(context))),
        ]
        if setup_token:
            tasks.append(asyncio.create_task(_tell_new_ones(settings, appliance.db, setup_token)))
        try:
            yield
        finally:
            await desk_of(context).close()
            context.opened = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _hear_of_access(context: Context) -> None:
    """Forget what was remembered of anybody's rights whenever they may have changed, wherever that was."""
    url, _ = urls(context.settings)
    await listen(url, ACCESS_CHANNEL, heard=context.access.forget, hears=context.access.set_hears)


def _tell(settings: Settings, token: str) -> None:
    # The one secret that a log may hold: whoever reads this log runs the server, and it works once, for a day.
    log.info(
        "nobody has an account yet; the first one is made at %s/setup#token=%s, once and within %d hours",
        (settings.public_url or "").rstrip("/"),
        token,
        SETUP_TOKEN_LIFETIME.total_seconds() // 3600,
    )


async def _tell_new_ones(settings: Settings, db: Database, told: str) -> None:
    """Say each new setup token, as one gets too old, until somebody has an account."""
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        try:
            token = await ensure_setup_token(settings, db)
        except (Unavailable, SettingsError) as error:
            log.warning("whether a setup token is needed can't be told now: %s", error.message)
            continue
        if token is None:
            return
        if token != told:
            told = token
            _tell(settings, token)
