"""The periodic verbs that timers call on a server, run by ``up`` itself; an error is logged and never final."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from appliance.clock import now
from appliance.db import sightings
from appliance.db.sightings import Sighting
from appliance.errors import SceneSenseError
from appliance.library.appliance import Appliance, open_appliance
from appliance.library.expiry import purge
from appliance.library.scrub import scrub
from appliance.library.sweep import sweep
from appliance.settings import Settings

log = logging.getLogger(__name__)

SWEEP_SECONDS = 60.0
PURGE_SECONDS = 15 * 60.0
#: How often it is looked whether a scrub is due, seconds.
SCRUB_SECONDS = 15 * 60.0

#: A scrub is due this long after the last one began, whoever began it.
SCRUB_EVERY = timedelta(hours=24)

#: After a failure to open the appliance, seconds.
_AGAIN_SECONDS = 10.0


async def keep_schedule(settings: Settings) -> None:
    """Sweep, purge and scrub, each at its own pace, for ever; the first sweep is due at once."""
    while True:
        try:
            async with open_appliance(
                settings, towers=frozenset(), decoder_processes=0, pool_size=2
            ) as appliance:
                await asyncio.gather(
                    _repeat("sweep", SWEEP_SECONDS, _sweep, appliance),
                    _repeat("purge", PURGE_SECONDS, _purge, appliance),
                    _repeat("scrub", SCRUB_SECONDS, _scrub, appliance),
                )
        except SceneSenseError as error:
            log.warning("the schedule waits: %s", error)
        except Exception:  # a disk that is full for a while, for example, must not end it for ever
            log.exception("the schedule could not begin; it is tried again in %.0f s", _AGAIN_SECONDS)
        await asyncio.sleep(_AGAIN_SECONDS)


async def _repeat(
    name: str, seconds: float, verb: Callable[[Appliance], Awaitable[object]], appliance: Appliance
) -> None:
    while True:
        try:
            report = await verb(appliance)
            log.debug("%s: %s", name, report)
        except SceneSenseError as error:
            log.warning("%s: %s", name, error)
        except Exception:  # one bad run must not end the ones after it
            log.exception("%s failed; it is tried again in %.0f s", name, seconds)
        await asyncio.sleep(seconds)


async def _purge(appliance: Appliance) -> object:
    settings = appliance.settings
    return await purge(
        db=appliance.db,
        store=appliance.store,
        cache=appliance.cache,
        trash=timedelta(days=settings.trash_days),
        limit=settings.purge_limit,
        now=now(),
        ask_above=settings.purge_ask_above,
    )


async def _sweep(appliance: Appliance) -> object:
    return await sweep(appliance)


async def _scrub(appliance: Appliance) -> object:
    begun, at = await sightings.last(appliance.db, Sighting.SCRUB), now()
    if begun is not None and begun <= at < begun + SCRUB_EVERY:
        return "not due"
    report = await scrub(db=appliance.db, store=appliance.store, minutes=appliance.settings.scrub_minutes)
    if report.bad:
        log.warning(
            "%d originals are not as they should be; `scene-sense scrub --report` lists them", report.bad
        )
    return report
