"""Puts broker, middleware and actors together. Nothing is global: a test makes as many as it likes."""

from dramatiq import Broker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO, Middleware, Retries, TimeLimit

from workers.actors import declare_actors
from workers.middleware import OpenResources
from workers.resources import Resources


def make_middleware(resources: Resources) -> list[Middleware]:
    """What happens around each message, outermost first.

    No retries by the broker: a message only wakes, and the rows in PostgreSQL say what is to be tried again.
    """
    return [TimeLimit(), Retries(max_retries=0), AsyncIO(), OpenResources(resources)]


def make_broker(redis_url: str, resources: Resources) -> Broker:
    """A broker on Valkey or Redis that knows all actors."""
    broker = RedisBroker(url=redis_url, middleware=make_middleware(resources))  # type: ignore[no-untyped-call]
    declare_actors(broker, resources)
    return broker
