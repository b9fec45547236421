"""Woken when pictures wait to be compared with others: takes step after step for a while.

What is to be compared is a list in the database. Whatever comes in between, the next wake goes on with it.
"""

import logging
import time

import dramatiq

from appliance.errors import Unavailable
from appliance.jobs import Actor
from appliance.library.appliance import Appliance
from appliance.library.grouping import GroupParts, step
from workers.resources import Resources

log = logging.getLogger(__name__)

#: A backstop, milliseconds; a step takes some seconds at most.
TIME_LIMIT_MS = 10 * 60 * 1000

#: After this another message goes on, so that pictures that wait for their vectors get their turn.
TURN_SECONDS = 5.0

#: How soon to look again while something is away, seconds.
RETRY_SECONDS = 15.0


def declare(broker: dramatiq.Broker, resources: Resources) -> None:
    """Make the actor known to this broker."""

    @dramatiq.actor(
        actor_name=Actor.GROUP,
        queue_name=Actor.GROUP,
        broker=broker,
        max_retries=0,
        time_limit=TIME_LIMIT_MS,
    )
    async def wake_up() -> None:
        await resources.run(group_on(resources.appliance))


async def group_on(appliance: Appliance) -> None:
    """Do steps until nothing is left or the turn is over; then wake whoever is to go on."""
    until = time.monotonic() + TURN_SECONDS
    try:
        while await step(parts_of(appliance)):
            if time.monotonic() > until:
                await appliance.queue.try_wake(Actor.GROUP)
                return
    except Unavailable as error:
        log.warning("comparing pictures waits for %.0f s: %s", RETRY_SECONDS, error.message)
        await appliance.queue.try_wake(Actor.GROUP, delay_seconds=RETRY_SECONDS)


def parts_of(appliance: Appliance) -> GroupParts:
    """What comparing pictures needs of the appliance."""
    return GroupParts(
        db=appliance.db, store=appliance.store, cache=appliance.cache, decoder=appliance.decoder
    )
