"""Opens what the web process needs before the first request, and closes it after the last."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from appliance.cores import cores
from appliance.library.appliance import open_appliance
from appliance.library.changed_settings import record_changed_settings
from appliance.library.secrets import device_secret, jwt_secret
from appliance.library.setup import ensure_setup_token
from web.state import Context

log = logging.getLogger(__name__)


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
        if await ensure_setup_token(settings, appliance.db):
            log.info(
                "nobody has an account yet; the token for the first one is in %s",
                settings.data_path / "secrets" / "setup-token",
            )
        await record_changed_settings(appliance.db, settings)
        context.opened = appliance
        following = asyncio.create_task(appliance.models.follow())
        try:
            yield
        finally:
            context.opened = None
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
