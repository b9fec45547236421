"""The same question asked over and over on several connections, by a client that costs next to nothing."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlsplit


async def ask_often(
    url: str, path: str, headers: Mapping[str, str], *, connections: int, seconds: float
) -> tuple[float, Counter[int]]:
    """Answers per second and how often each status came, one question at a time on each connection."""
    statuses: Counter[int] = Counter()
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_ask(url, path, headers, statuses, until=started + seconds))
    return statuses.total() / (time.perf_counter() - started), statuses


async def _ask(
    url: str, path: str, headers: Mapping[str, str], statuses: Counter[int], *, until: float
) -> None:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {place.netloc}",
        *(f"{name}: {text}" for name, text in headers.items()),
    ]
    question = ("\r\n".join(lines) + "\r\n\r\n").encode()
    try:
        while time.perf_counter() < until:
            writer.write(question)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = head.partition("content-length:")[2].partition("\r\n")[0].strip()
            await reader.readexactly(int(length or 0))
            statuses[int(head.split()[1])] += 1
    finally:
        writer.close()
