"""Woken when changes of many pictures wait: takes step after step of the oldest that nobody is at, for a while.

The rows say what is to be done. Whatever comes in between, the next wake goes on with the first step that is missing.
"""

import logging
import time

import dramatiq

from appliance.errors import ClockDoubtful, Unavailable
from appliance.jobs import Actor
from appliance.library.appliance import Appliance
from appliance.library.edits import step
from workers.resources import Resources

log = logging.getLogger(__name__)

#: A backstop, milliseconds; a step takes far less than a second.
TIME_LIMIT_MS = 5 * 60 * 1000

#: After this another message goes on, so that pictures that wait for their vectors get their turn.
TURN_SECONDS = 5.0

#: How soon to look again while something is in the way, seconds.
RETRY_SECONDS = 10.0


def declare(broker: dramatiq.Broker, resources: Resources) -> None:
    """Make the actor known to this broker."""

    @dramatiq.actor(
        actor_name=Actor.EDIT,
        queue_name=Actor.EDIT,
        broker=broker,
        max_retries=0,
        time_limit=TIME_LIMIT_MS,
    )
    async def wake_up() -> None:
        await resources.run(edit_on(resources.appliance))


async def edit_on(appliance: Appliance) -> None:
    """Do steps until nothing is left or the turn is over; then wake whoever is to go on."""
    until = time.monotonic() + TURN_SECONDS
    try:
        while await step(appliance.db, trash_days=appliance.settings.trash_days):
            if time.monotonic() > until:
                await appliance.queue.try_wake(Actor.EDIT)
                return
    except (Unavailable, ClockDoubtful) as error:
        log.warning("edits wait for %.0f s: %s", RETRY_SECONDS, error.message)
        await appliance.queue.try_wake(Actor.EDIT, delay_seconds=RETRY_SECONDS)
