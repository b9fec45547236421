"""How much the encoder server takes at once: in work, waiting, and in bytes; the rest is told to come later."""

import asyncio

import pytest

from appliance.errors import Busy
from workers.encoder.limits import Gate, Room


async def test_so_many_are_in_work_and_so_many_wait() -> None:
    gate, go, inside = Gate(2, 1), asyncio.Event(), list[int]()

    async def work(number: int) -> None:
        async with gate.turn():
            inside.append(number)
            await go.wait()

    tasks = [asyncio.create_task(work(number)) for number in range(3)]
    await asyncio.sleep(0.01)
    assert (inside, gate.inside) == ([0, 1], 3)
    with pytest.raises(Busy):
        await work(3)
    go.set()
    await asyncio.gather(*tasks)
    assert (inside, gate.inside) == ([0, 1, 2], 0)


async def test_one_that_is_cancelled_while_it_waits_leaves_no_trace() -> None:
    gate = Gate(1, 5)
    async with gate.turn():
        waiting = asyncio.create_task(gate.turn().__aenter__())
        await asyncio.sleep(0.01)
        assert gate.inside == 2
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert gate.inside == 1
    assert gate.inside == 0


def test_bytes_are_lent_for_one_request_and_come_back_whatever_happens() -> None:
    room = Room(100)
    with room.lent() as count:
        count(60)
        with pytest.raises(Busy), room.lent() as other:
            other(30)
            assert room.used == 90
            other(11)
        assert room.used == 60
    assert room.used == 0
