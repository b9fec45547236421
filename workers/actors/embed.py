"""Woken when pictures may wait for their vectors: takes one batch, and wakes the next."""

import logging

import dramatiq

from appliance.errors import DatabaseUnavailable
from appliance.jobs import Actor
from appliance.library.appliance import Appliance
from appliance.library.embed import EmbedParts, claim, embed
from workers.resources import Resources

log = logging.getLogger(__name__)

#: A backstop, milliseconds; decoding and encoding have limits of their own.
TIME_LIMIT_MS = 30 * 60 * 1000

#: How soon to look again while the database is away, seconds.
DATABASE_RETRY_SECONDS = 3.0


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
    settings, queue = appliance.settings, appliance.queue
    parts = parts_of(appliance)
    try:
        claims = await claim(parts, limit=settings.embed_batch)
        if len(claims) == settings.embed_batch:
            # Before the work, not after it: the next batch is decoded while this one is encoded.
            await queue.try_wake(Actor.EMBED)
        report = await embed(parts, claims)
    except DatabaseUnavailable:
        log.warning("the database is away; looking again in %.0f s", DATABASE_RETRY_SECONDS)
        await queue.try_wake(Actor.EMBED, delay_seconds=DATABASE_RETRY_SECONDS)
        return
    if report.claimed:
        log.info(
            "%d embedded, %d failed, %d to be tried again", report.written, report.failed, report.delayed
        )
    if report.due_in_seconds is not None:
        await queue.try_wake(Actor.EMBED, delay_seconds=report.due_in_seconds)


def parts_of(appliance: Appliance) -> EmbedParts:
    """What embedding needs of the appliance."""
    if appliance.encoder is None or appliance.model is None:
        raise RuntimeError("the appliance was opened without the image encoder")
    return EmbedParts(
        db=appliance.db,
        store=appliance.store,
        cache=appliance.cache,
        decoder=appliance.decoder,
        encoder=appliance.encoder,
        model_id=appliance.model.id,
        lease_seconds=appliance.settings.job_lease_seconds,
        max_attempts=appliance.settings.job_attempts,
    )
