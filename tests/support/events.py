"""Readers of the stream of events, over a socket."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.cli import listening
from tests.support.waiting import eventually_async
from tests.support.web import Web


@dataclass
class Stream:
    """What one reader has met so far."""

    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    last_id: str | None = None
    status: int = 0
    ended: bool = False
    #: How the connection broke, where it did.
    cut: str = ""

    def take(self, block: str) -> None:
        """One event as it comes over the wire."""
        lines = [line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")]
        fields = {name: value for name, *rest in lines for value in rest}
        if "event" in fields:
            self.events.append((fields["event"], json.loads(fields["data"])))
        self.last_id = fields.get("id", self.last_id)

    def of(self, name: str) -> list[dict[str, Any]]:
        """What came under this name."""
        return [data for event, data in self.events if event == name]

    @property
    def ids(self) -> set[str]:
        """All assets that were named."""
        return {each for data in self.of("assets") for each in data["ids"] or ()}

    async def until(self, met: Callable[["Stream"], object], seconds: float = 8) -> None:
        """Return once that is so."""

        async def is_met() -> object:
            return met(self)

        try:
            await eventually_async(is_met, seconds)
        except AssertionError:
            raise AssertionError(f"not within {seconds:g} s; met {self.events}") from None


@asynccontextmanager
async def served(web: Web) -> AsyncIterator[str]:
    """The address at which the open application answers over a socket, once it does."""
    async with listening(web) as address, httpx.AsyncClient(base_url=address, trust_env=False) as probe:

        async def answers() -> bool:
            try:
                return (await probe.get("/api/health/live")).is_success
            except httpx.ConnectError:
                return False

        await eventually_async(answers)
        yield address


@asynccontextmanager
async def watching(client: httpx.AsyncClient, url: str, after: str | None = None) -> AsyncIterator[Stream]:
    """A stream of this client's that has said hello; ``after`` is where a former one ended."""
    stream = Stream()
    task = asyncio.create_task(_read(client, url, after, stream))
    try:
        await stream.until(lambda each: each.events or each.ended)
        assert stream.events, stream.cut
        yield stream
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _read(client: httpx.AsyncClient, url: str, after: str | None, stream: Stream) -> None:
    headers = {key: value for key, value in client.headers.items() if key in {"authorization", "cookie"}}
    held = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)
    if held:
        headers["Cookie"] = held
    if after is not None:
        headers["Last-Event-ID"] = after
    try:
        async with (
            httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=60) as reader,
            reader.stream("GET", "/api/events") as answer,
        ):
            stream.status = answer.status_code
            if not answer.is_success:
                stream.events.append(("refused", {"text": (await answer.aread()).decode()}))
                return
            text = ""
            async for piece in answer.aiter_text():
                *blocks, text = (text + piece).split("\n\n")
                for block in blocks:
                    stream.take(block)
    except httpx.HTTPError as error:
        stream.cut = repr(error)
    finally:
        stream.ended = True
