"""A child that misbehaves takes down its own task and nothing else."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable

import psutil
import pytest

from appliance.errors import DecodeLimit, DecoderUnavailable
from appliance.media.limited import ChildFault, LimitedPool
from tests.support.waiting import eventually_async

MISBEHAVE = "tests.integration.limited_tasks:misbehave"

#: Each deed, and a word of what people are told.
DEEDS = {
    "spin": "longer than",
    "allocate": "more memory",
    "allocate stubbornly": "longer than",
    "kill itself": "brought the decoder process down",
    "crash": "brought the decoder process down",
    "answer endlessly": "brought the decoder process down",
}


def new_pool(processes: int = 2, **limits: float) -> LimitedPool:
    return LimitedPool(
        MISBEHAVE,
        processes=processes,
        timeout_seconds=limits.get("timeout_seconds", 1.5),
        memory_bytes=256 * 1024 * 1024,
        tasks_per_child=int(limits.get("tasks_per_child", 300)),
    )


@pytest.fixture
async def pool() -> AsyncIterator[LimitedPool]:
    async with new_pool() as opened:
        yield opened


async def until(predicate: Callable[[], bool]) -> None:
    async def ask() -> bool:
        return predicate()

    await eventually_async(ask)


async def echo(pool: LimitedPool, text: str) -> int:
    reply = await pool.call({"deed": "echo", "say": text})
    assert reply.header["said"] == text
    return int(reply.header["pid"])


@pytest.mark.parametrize("deed", DEEDS)
async def test_eight_neighbours_of_a_misbehaving_task_go_on(pool: LimitedPool, deed: str) -> None:
    bad = asyncio.create_task(pool.call({"deed": deed}))
    pids = await asyncio.gather(*(echo(pool, f"neighbour {number}") for number in range(8)))
    assert len(pids) == 8
    with pytest.raises(DecodeLimit, match=DEEDS[deed]):
        await bad
    await echo(pool, "and after it")


async def test_a_child_that_broke_its_limit_is_gone(pool: LimitedPool) -> None:
    await echo(pool, "start")
    before = pool.pids()
    with pytest.raises(DecodeLimit):
        await pool.call({"deed": "spin"})
    await until(lambda: not any(psutil.pid_exists(pid) for pid in before))


async def test_an_error_of_the_function_is_told_and_the_child_lives_on(pool: LimitedPool) -> None:
    pid = await echo(pool, "before")
    with pytest.raises(ChildFault, match="ZeroDivisionError: by design"):
        await pool.call({"deed": "raise"})
    assert await echo(pool, "after") == pid


async def test_a_child_may_read_what_it_is_handed_and_little_else(
    pool: LimitedPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret@nowhere/x")
    with tempfile.TemporaryFile() as file:
        file.write(b"the bytes")
        file.flush()
        position = file.tell()
        reply = await pool.call({"deed": "echo", "say": ""}, [file.fileno()])
        assert reply.blobs == [b"the bytes"]
        assert file.tell() == position
    rights = (await pool.call({"deed": "rights"})).header
    assert rights["cannot_write"]
    assert rights["no_new_privs"] == "1"
    assert rights["core"] == 0
    assert rights["files"] <= 32
    assert rights["fds"] <= 8
    assert "DATABASE_URL" not in rights["environment"]
    if os.geteuid() == 0:
        assert rights["uid"] == 65534
        assert rights["groups"] == []
        assert rights["cannot_read_shadow"]


async def test_a_child_is_replaced_after_its_share_of_tasks() -> None:
    async with new_pool(1, tasks_per_child=3) as pool:
        pids = [await echo(pool, str(number)) for number in range(7)]
    assert len(set(pids[:3])) == len(set(pids[3:6])) == 1
    assert len(set(pids)) == 3


async def test_a_child_that_was_killed_while_idle_is_replaced_unnoticed() -> None:
    async with new_pool(1) as pool:
        pid = await echo(pool, "one")
        os.kill(pid, signal.SIGKILL)
        await until(
            lambda: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE if psutil.pid_exists(pid) else True
        )
        assert await echo(pool, "two") != pid


async def test_a_task_that_is_cancelled_frees_its_place() -> None:
    async with new_pool(1, timeout_seconds=60) as pool:
        await echo(pool, "warm")
        task = asyncio.create_task(pool.call({"deed": "spin"}))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await echo(pool, "next")


@pytest.mark.parametrize("request_to_stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_to_the_whole_group_leaves_the_decision_to_the_parent(
    request_to_stop: signal.Signals,
) -> None:
    async with new_pool(1) as pool:
        pid = await echo(pool, "one")
        os.kill(pid, request_to_stop)
        assert await echo(pool, "two") == pid


async def test_closing_is_quick_whatever_the_children_do() -> None:
    pool = new_pool(2, timeout_seconds=60)
    busy = [asyncio.create_task(pool.call({"deed": "spin"})) for _ in range(2)]
    await until(lambda: len(pool.pids()) == 2)
    pids = pool.pids()
    started = time.monotonic()
    await pool.close()
    assert time.monotonic() - started < 2
    assert not any(psutil.pid_exists(pid) for pid in pids)
    # That is not the pictures' fault.
    for ended in await asyncio.gather(*busy, return_exceptions=True):
        assert isinstance(ended, DecoderUnavailable)
    with pytest.raises(DecoderUnavailable):
        await pool.call({"deed": "echo", "say": ""})


async def test_children_die_with_their_parent() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c",
        "import asyncio\n"
        "from appliance.media.limited import LimitedPool\n"
        "async def main():\n"
        f"    pool = LimitedPool('{MISBEHAVE}', processes=1, timeout_seconds=60, memory_bytes=2**28)\n"
        "    task = asyncio.create_task(pool.call({'deed': 'spin'}))\n"
        "    while not pool.pids(): await asyncio.sleep(0.01)\n"
        "    print(pool.pids()[0], flush=True)\n"
        "    await task\n"
        "asyncio.run(main())\n",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    assert psutil.pid_exists(child)
    parent.kill()
    await parent.wait()
    await until(
        lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
    )


async def test_a_function_that_does_not_exist_is_told_with_its_reason() -> None:
    pool = LimitedPool("no.such:thing", processes=1, timeout_seconds=5, memory_bytes=256 * 1024 * 1024)
    async with pool:
        with pytest.raises(DecoderUnavailable, match="No module named 'no'"):
            await pool.call({})
