"""Search of somebody who is signed in, while others guess passwords, and while they don't.

50 wrong logins a second for 20 s, in rounds that alternate with quiet ones, so that both share what else the machine
does. Once all guesses come from one address, which may soon try no more; once each second from other addresses, so
that every guess gets as far as it can. The guesses are made by a process of its own.
"""

import asyncio
import multiprocessing
import time
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import httpx

from benchmarks.support.figures import percentile, texts
from benchmarks.support.instance import photos, running
from benchmarks.support.load import Spent, Watch
from benchmarks.support.tables import print_table
from tests.support.remote import PASSWORD, Script
from tests.support.waiting import eventually

GUESSES_A_SECOND = 50
ROUND_SECONDS = 5.0
ROUNDS = 4
PICTURES = 60

#: Between two searches of the person who is signed in, seconds.
PAUSE_SECONDS = 0.05

_SPAWN = multiprocessing.get_context("spawn")


def main(arguments: list[str]) -> None:
    """Measure and print; takes no arguments."""
    del arguments
    with running() as (up, script):
        _import(script)
        asyncio.run(_main(up.url, up.process.pid))


async def _main(url: str, pid: int) -> None:
    async with httpx.AsyncClient(
        base_url=url, headers={"Origin": url}, trust_env=False, timeout=30
    ) as browser:
        await _login(browser)
        await _search(browser, 2.0, "warm")
        for title, addresses in (("one address", 1), ("ever new addresses", 250)):
            await _measure(browser, pid, title, addresses)


def _import(script: Script) -> None:
    for number, picture in enumerate(photos(PICTURES, megapixels=0.1)):
        script.upload(picture, f"{number}.jpg")
    for state in ("pending", "running"):
        eventually(lambda state=state: script.get_json("/api/status")["jobs"][state] == 0, 300)  # type: ignore[misc]


@dataclass(slots=True)
class _Way:
    times_ms: list[float] = field(default_factory=list)
    spent: list[Spent] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)


async def _measure(browser: httpx.AsyncClient, pid: int, title: str, addresses: int) -> None:
    quiet, flooded = _Way(), _Way()
    for number in range(ROUNDS):
        await _round(browser, pid, quiet, f"quiet {title} {number}")
        flood = _Flood(str(browser.base_url), addresses, first=number)
        try:
            await _round(browser, pid, flooded, f"flood {title} {number}")
        finally:
            flooded.answers.update(await asyncio.to_thread(flood.end))
    # In a browser that is known, in the midst of it.
    await _login(browser)
    print_table(
        f"Search over HTTP, milliseconds; {GUESSES_A_SECOND} wrong logins a second from {title}",
        ["", "searches", "p50", "p95", "CPU of the server", "others' cores"],
        [
            texts(
                name,
                len(way.times_ms),
                percentile(way.times_ms, 0.5),
                percentile(way.times_ms, 0.95),
                sum(s.cpu_seconds for s in way.spent) / sum(s.seconds for s in way.spent),
                sum(s.others for s in way.spent) / len(way.spent),
            )
            for name, way in (("without", quiet), ("with", flooded))
        ],
        notes=(
            f"p95 with the flood is {percentile(flooded.times_ms, 0.95) / percentile(quiet.times_ms, 0.95):.2f} times"
            f" the other; {ROUNDS} rounds of {ROUND_SECONDS:g} s each in turn; the guesses were answered "
            + ", ".join(f"{count} x {answer}" for answer, count in sorted(flooded.answers.items()))
            + "; the right person then signed in at once"
        ),
    )


async def _login(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/api/auth/login", json={"username": "anna", "password": PASSWORD})
    answer.raise_for_status()


async def _round(browser: httpx.AsyncClient, pid: int, way: _Way, name: str) -> None:
    watch = Watch([pid])
    watch.start()
    way.times_ms += await _search(browser, ROUND_SECONDS, name)
    way.spent.append(watch.stop())


async def _search(browser: httpx.AsyncClient, seconds: float, name: str) -> list[float]:
    took: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        started = time.perf_counter()
        # New words each time: what is asked again needs no model.
        answer = await browser.get("/api/search", params={"q": f"a street at night {name} {len(took)}"})
        answer.raise_for_status()
        took.append(1000 * (time.perf_counter() - started))
        await asyncio.sleep(PAUSE_SECONDS)
    return took


class _Flood:
    """Guesses from now until :meth:`end`, in a process of its own."""

    def __init__(self, url: str, addresses: int, *, first: int) -> None:
        self._ours, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_guess, args=(theirs, url, addresses, first))
        self._process.start()
        theirs.close()
        # It says when it has begun.
        self._ours.recv()

    def end(self) -> Counter[str]:
        """How often there was which answer. Blocking."""
        self._ours.send(None)
        answers: Counter[str] = self._ours.recv()
        self._process.join(30)
        return answers


def _guess(connection: Connection, url: str, addresses: int, first: int) -> None:
    asyncio.run(_guess_all(connection, url, addresses, first))


async def _guess_all(connection: Connection, url: str, addresses: int, first: int) -> None:
    answers: Counter[str] = Counter()
    under_way: set[asyncio.Task[None]] = set()
    clients = [
        httpx.AsyncClient(
            base_url=url,
            trust_env=False,
            timeout=30,
            transport=httpx.AsyncHTTPTransport(
                # Over plain http; reading the certificates for each would take longer than all the rest.
                verify=False,
                local_address="127.0.0.1" if addresses == 1 else f"127.0.{1 + first}.{1 + number}",
            ),
        )
        for number in range(addresses)
    ]

    async def guess(number: int) -> None:
        body = {"username": "anna", "password": f"a guess, number {first}-{number}"}
        answer = await clients[number % addresses].post("/api/auth/login", json=body)
        answers[str(answer.status_code)] += 1

    connection.send(None)
    started, number = time.perf_counter(), 0
    while not connection.poll():
        task = asyncio.create_task(guess(number))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        number += 1
        await asyncio.sleep(max(0.0, started + number / GUESSES_A_SECOND - time.perf_counter()))
    await asyncio.gather(*under_way, return_exceptions=True)
    for client in clients:
        await client.aclose()
    connection.send(answers)
