"""The connections to an encoder server: what a hostile answer may cost, and what it may leave behind."""

import gzip
import json
from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from appliance.clip.remote.faults import ServerAway, ServerUntrue
from appliance.clip.remote.line import SMALL_REPLY_BYTES, Line
from appliance.clip.remote.predict import PredictProtocol
from appliance.clip.remote.wire import MAX_DIMENSION
from tests.support.encoders import listening


def answering(answer: Callable[[Request], Response]) -> Starlette:
    async def any_path(request: Request) -> Response:
        return answer(request)

    return Starlette(routes=[Route("/{path:path}", any_path, methods=["GET", "POST"])])


@pytest.mark.parametrize(
    ("status", "fault"), [(200, ServerUntrue), (502, ServerAway)], ids=["good", "an error"]
)
async def test_a_packed_answer_is_not_unpacked(status: int, fault: type[Exception]) -> None:
    asked: list[str] = []

    def packed(request: Request) -> Response:
        asked.append(request.headers["accept-encoding"])
        return Response(gzip.compress(b"pong"), status, headers={"Content-Encoding": "gzip, gzip"})

    async with listening(answering(packed)) as url:
        line = Line(url, key=None, connections=1)
        with pytest.raises(fault, match="packed" if status == 200 else "502"):
            await line.get("/ping", seconds=20)
        await line.close()
    assert asked == ["identity"]


@pytest.mark.parametrize("says_length", [True, False])
async def test_a_small_question_gets_no_large_answer(says_length: bool) -> None:
    body = bytes(SMALL_REPLY_BYTES + 1)

    def large(_request: Request) -> Response:
        return Response(body) if says_length else StreamingResponse(iter([body]))

    async with listening(answering(large)) as url:
        line = Line(url, key=None, connections=1)
        with pytest.raises(ServerUntrue, match="longer than 1048576 bytes"):
            await line.get("/ping", seconds=20)
        with pytest.raises(ServerUntrue, match="longer than 1048576 bytes"):
            await PredictProtocol(line, "any").text("a dog", seconds=20)
        await line.close()


async def test_a_vector_has_a_size_within_reason() -> None:
    def vector(count: int) -> Callable[[Request], Response]:
        return lambda _request: Response(json.dumps({"clip": json.dumps([1.0] * count)}))

    for count in (MAX_DIMENSION, MAX_DIMENSION + 1):
        async with listening(answering(vector(count))) as url:
            line = Line(url, key=None, connections=1)
            protocol = PredictProtocol(line, "any")
            if count == MAX_DIMENSION:
                assert (await protocol.text("a dog", seconds=20))[0].shape == (count,)
            else:
                with pytest.raises(ServerUntrue, match="16385 numbers are more than 16384"):
                    await protocol.text("a dog", seconds=20)
            await line.close()


async def test_cookies_are_neither_kept_nor_sent_back() -> None:
    sent: list[str | None] = []

    def with_cookie(request: Request) -> Response:
        sent.append(request.headers.get("cookie"))
        response = Response("pong")
        response.set_cookie(f"n{len(sent)}", "v" * 100)
        return response

    async with listening(answering(with_cookie)) as url:
        line = Line(url, key=None, connections=1)
        for _ in range(3):
            await line.get("/ping", seconds=20)
        await line.close()
    assert sent == [None, None, None]
