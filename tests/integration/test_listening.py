"""The listener on the database's notifications, closed at any moment of its life."""

import asyncio
import random

from appliance.db.listening import listen


async def closed_in_time(url: str, seconds: float) -> bool:
    listener = asyncio.create_task(listen(url, "nothing", heard=lambda: None, hears=lambda _: None))
    await asyncio.sleep(seconds)
    listener.cancel()
    await asyncio.wait({listener}, timeout=3)
    if ended := listener.done():
        return ended
    listener.cancel()
    await asyncio.wait({listener})
    return False


async def test_a_listener_that_is_closed_at_any_moment_ends(database_url: str) -> None:
    chance = random.Random(1)  # noqa: S311 - not a secret
    for _ in range(40):
        ends = await asyncio.gather(
            *(closed_in_time(database_url, chance.uniform(0, 0.12)) for _ in range(10))
        )
        assert all(ends)
