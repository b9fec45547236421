"""Woken when pictures may wait for their vectors: takes one batch of the first set in line, and wakes the next.

The active set comes first, then those that are filled in the background. A set whose model can't be loaded is passed
over, and tried again in a while.
"""

import logging

import dramatiq

from appliance.clip.encoder import Encoder
from appliance.db import jobs, sets
from appliance.errors import DatabaseUnavailable, ModelUnavailable
from appliance.jobs import Actor
from appliance.library.appliance import Appliance
from appliance.library.embed import EmbedParts, EmbedReport, claim, embed
from appliance.library.models import RETRY_SECONDS
from appliance.records.models import Model, SetState
from workers.resources import Resources

log = logging.getLogger(__name__)

#: A backstop, milliseconds; decoding and encoding have limits of their own.
TIME_LIMIT_MS = 30 * 60 * 1000

#: How soon to look again while the database is away, seconds.
DATABASE_RETRY_SECONDS = 3.0

#: How long after a batch it is looked which pictures are alike, seconds.
GROUP_AFTER_SECONDS = 2.0


def declare(broker: dramatiq.Broker, resources: Resources) -> None:
    """Make the actor known to this broker."""

    @dramatiq.actor(
        actor_name=Actor.EMBED,
        queue_name=Actor.EMBED,
        broker=broker,
        max_retries=0,
        time_limit=TIME_LIMIT_MS,
    )
    async def wake_up() -> None:
        await resources.run(embed_once(resources.appliance))


async def embed_once(appliance: Appliance) -> None:
    """Embed one batch of the pictures that wait, and wake whoever is to take the next."""
    try:
        for model in await workable(appliance):
            if await jobs.has_due(appliance.db, kind=jobs.EMBED, model_ids=[model.id]) and await _embed(
                appliance, model
            ):
                return
    except DatabaseUnavailable:
        log.warning("the database is away; looking again in %.0f s", DATABASE_RETRY_SECONDS)
        await appliance.queue.try_wake(Actor.EMBED, delay_seconds=DATABASE_RETRY_SECONDS)


async def workable(appliance: Appliance) -> list[Model]:
    """The models whose sets may get vectors now, the active one first."""
    return [
        model
        for model in await sets.list_models(appliance.db)
        if model.state in {SetState.FILLING, SetState.READY} and appliance.models.may_load(model)
    ]


async def _embed(appliance: Appliance, model: Model) -> bool:
    """Whether there was something to do for this set."""
    queue = appliance.queue
    try:
        async with appliance.models.using(model) as encoder:
            parts = parts_of(appliance, model, encoder)
            claims = await claim(parts, limit=appliance.settings.embed_batch)
            if not claims:
                return False
            others = [other.id for other in await workable(appliance)]
            if await jobs.has_due(appliance.db, kind=jobs.EMBED, model_ids=others):
                # Before the work, not after it: the next batch is decoded while this one is encoded.
                await queue.try_wake(Actor.EMBED)
            report = await embed(parts, claims)
    except ModelUnavailable as error:
        log.error("no vectors of %s can be made: %s", model.name, error.message)
        await queue.try_wake(Actor.EMBED, delay_seconds=RETRY_SECONDS)
        return False
    await _follow_up(appliance, model, report)
    return True


async def _follow_up(appliance: Appliance, model: Model, report: EmbedReport) -> None:
    if report.encoder_lost is not None:
        log.error("no vectors of %s can be made now: %s", model.name, report.encoder_lost)
        await appliance.models.forget(model)
    else:
        log.info(
            "%s: %d embedded, %d failed, %d to be tried again",
            model.name, report.written, report.failed, report.delayed,
        )  # fmt: skip
    if report.written:
        # One message for each batch, but what comes at once is compared at once.
        await appliance.queue.try_wake(Actor.GROUP, delay_seconds=GROUP_AFTER_SECONDS)
    if report.due_in_seconds is not None:
        await appliance.queue.try_wake(Actor.EMBED, delay_seconds=report.due_in_seconds)


def parts_of(appliance: Appliance, model: Model, encoder: Encoder) -> EmbedParts:
    """What embedding into this model's set needs of the appliance."""
    return EmbedParts(
        db=appliance.db,
        store=appliance.store,
        cache=appliance.cache,
        decoder=appliance.decoder,
        encoder=encoder,
        model_id=model.id,
        lease_seconds=appliance.settings.job_lease_seconds,
        max_attempts=appliance.settings.job_attempts,
    )
