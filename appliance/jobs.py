"""The names of queues and actors, and the messages that wake them.

A message carries no ids: it says that there is work of a kind, and the rows in PostgreSQL say which. A message
that is lost, or sent twice, costs nothing but time; ``sweep`` sends it again.
"""

import asyncio
import logging
from enum import StrEnum

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from redis.exceptions import RedisError

from appliance.errors import QueueUnavailable

log = logging.getLogger(__name__)


class Actor(StrEnum):
    """The actors, by name; each has a queue of the same name."""

    EMBED = "embed"
    EDIT = "edit"
    GROUP = "group"


class Queue:
    """Sends wake-up messages; made once per process."""

    def __init__(self, redis_url: str) -> None:
        self._broker = RedisBroker(url=redis_url)  # type: ignore[no-untyped-call]

    async def wake(self, actor: Actor, *, delay_seconds: float = 0.0) -> None:
        """Tell some worker that there is work for this actor, or will be in ``delay_seconds`` (at most 7 days).

        Raises:
            QueueUnavailable: nobody answers; the rows stay and ``sweep`` will wake the worker.
        """
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=actor, actor_name=actor, args=(), kwargs={}, options={}
        )
        delay_ms = round(delay_seconds * 1000) if delay_seconds > 0 else None
        try:
            await asyncio.to_thread(self._broker.enqueue, message, delay=delay_ms)
        except (RedisError, OSError, dramatiq.BrokerConnectionError) as error:
            raise QueueUnavailable from error

    async def try_wake(self, actor: Actor, *, delay_seconds: float = 0.0) -> bool:
        """Like :meth:`wake`; a queue that is away is logged, not raised."""
        try:
            await self.wake(actor, delay_seconds=delay_seconds)
        except QueueUnavailable:
            log.warning("the queue is away; the next sweep wakes %s", actor)
            return False
        return True

    async def check(self) -> None:
        """Return if the queue answers.

        Raises:
            QueueUnavailable: it does not.
        """
        try:
            await asyncio.to_thread(self._broker.client.ping)
        except (RedisError, OSError) as error:
            raise QueueUnavailable from error

    def close(self) -> None:
        """Let go of the connections."""
        self._broker.close()
