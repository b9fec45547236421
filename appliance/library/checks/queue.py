"""The queue: whether it answers, and whether it keeps what it is given."""

from appliance.db.preflight import RedisFacts, ask_redis, place_of
from appliance.embedded.urls import queue_url
from appliance.embedded.valkey import installed_program
from appliance.errors import SceneSenseError
from appliance.library.checks.common import (
    Subject,
    aside,
    failure,
    ok,
    refused,
    skipped,
    warning,
)
from appliance.library.checks.database import ANSWER_SECONDS
from appliance.library.quantities import bytes_text
from appliance.records.doctor import Finding

#: Above this part of its limit it is about to refuse messages.
_NEARLY_FULL = 0.9


async def look(subject: Subject) -> tuple[Finding, ...]:
    """What the queue's server is and lacks."""
    settings = subject.settings
    if settings.redis_url is None:
        try:
            await aside(installed_program)
        except SceneSenseError as error:
            return (refused("queue", error, "Install it, or set REDIS_URL."),)
        if subject.before_start:
            return (skipped("queue", "The embedded Valkey is started by `scene-sense up`."),)
    url = await aside(lambda: queue_url(settings))
    try:
        facts = await ask_redis(url, timeout_seconds=ANSWER_SECONDS)
    except SceneSenseError as error:
        if settings.redis_url is None:
            text = f"The embedded Valkey of {settings.data_path} is not running."
            return (failure("queue", text, "Start it with `scene-sense up`."),)
        return (refused("queue", error, "Look at its log."),)
    return (
        ok("queue", f"{facts.product} {facts.version} answers at {place_of(url)}."),
        _eviction(facts),
        _memory(facts),
    )


def _eviction(facts: RedisFacts) -> Finding:
    if facts.eviction == "noeviction":
        return ok("queue.eviction", "Nothing is dropped when memory is short.")
    return failure(
        "queue.eviction",
        f"{facts.product} may drop messages when memory is short (maxmemory-policy {facts.eviction}).",
        "In its configuration: maxmemory-policy noeviction. Until its next restart, at once: CONFIG SET "
        "maxmemory-policy noeviction",
    )


def _memory(facts: RedisFacts) -> Finding:
    used = bytes_text(facts.used_bytes)
    if not facts.limit_bytes:
        return ok("queue.memory", f"{used} in use, without a limit.")
    text = f"{used} of {bytes_text(facts.limit_bytes)} in use."
    if facts.used_bytes < _NEARLY_FULL * facts.limit_bytes:
        return ok("queue.memory", text)
    return warning(
        "queue.memory",
        f"{text} When it is full, messages are refused, and work waits for the next sweep.",
        "Raise maxmemory in its configuration; Scene-Sense itself needs a few megabytes.",
    )
