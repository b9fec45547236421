"""Encoder servers that are slow, wrong, exchanged or gone: survived or refused, and never a wrong vector."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import numpy as np
import pytest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, Router

from appliance.clip import golden
from appliance.clip.encoder import TowerName, Vectors
from appliance.clip.opening import open_encoder
from appliance.clip.remote import server as remote_server
from appliance.clip.remote.encoder import RemoteEncoder
from appliance.errors import EncoderUnavailable, ModelUnavailable
from tests.conftest import MakeSettings
from tests.support.encoders import Foreign, free_port, listening, our_server, toy
from tests.support.tiny_models import Tiny, make
from tests.support.waiting import eventually_async

BOTH: frozenset[TowerName] = frozenset({"image", "text"})

Open = Callable[..., Any]


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
def opened(make_settings: MakeSettings, stack: AsyncExitStack) -> Open:
    async def open_it(*urls: str, **overrides: Any) -> RemoteEncoder:
        settings = make_settings(clip_server_url=",".join(urls), **overrides)
        encoder = await open_encoder(settings, towers=BOTH)
        assert isinstance(encoder, RemoteEncoder)
        stack.push_async_callback(encoder.close)
        return encoder

    return open_it


def pictures(encoder: RemoteEncoder, count: int) -> list[Any]:
    height, width = encoder.pixels.height, encoder.pixels.width
    return list(np.random.default_rng(5).integers(0, 256, (count, height, width, 3), dtype=np.uint8))


def assert_same(found: Vectors, expected: Vectors) -> None:
    np.testing.assert_allclose(found, expected, atol=1e-5)


async def has(server: Foreign, count: int) -> bool:
    return len(server.pictures) >= count


def not_this(body: str) -> Callable[[], Response]:
    return lambda: PlainTextResponse(body)


WRONG = [
    pytest.param({"instead": not_this("{")}, "not a vector", id="not JSON"),
    pytest.param({"instead": not_this('{"clip": 7}')}, "not a vector", id="not a vector"),
    pytest.param({"instead": not_this('{"clip": "[]"}')}, "not a vector", id="nothing in it"),
    pytest.param({"instead": not_this('{"clip": "' + "[" * 5000 + '"}')}, "not a vector", id="nested"),
    pytest.param({"alter": lambda vector: vector[:40]}, "not a vector", id="another dimension"),
    pytest.param({"alter": lambda vector: [float("nan"), *vector[1:]]}, "NaN", id="NaN"),
    pytest.param({"alter": lambda vector: [0.0] * len(vector)}, "without a direction", id="zero"),
    pytest.param({"alter": lambda vector: [1e39] * len(vector)}, "NaN", id="too large a number"),
    pytest.param({"alter": lambda vector: ["a"] * len(vector)}, "not a vector", id="words"),
    pytest.param({"instead": lambda: RedirectResponse("http://127.0.0.1:1/")}, "307", id="a redirect"),
    pytest.param({"instead": lambda: JSONResponse({}, 502)}, "502", id="a proxy without it"),
    pytest.param({"seconds": 30.0}, "no answer within 3 seconds", id="too slow"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG)
async def test_a_wrong_answer_is_refused_with_what_is_wrong_and_the_server_rests(
    opened: Open, stack: AsyncExitStack, wrong: dict[str, Any], said: str
) -> None:
    foreign = toy()
    url = await stack.enter_async_context(listening(foreign.app()))
    encoder = await opened(url, clip_server_timeout_seconds="3" if "seconds" in wrong else "20")
    wish = pictures(encoder, 3)
    right = await encoder.encode_images(wish), await encoder.encode_text("a dog")
    for name, value in wrong.items():
        setattr(foreign, name, value)
    begun = time.monotonic()
    for ask in (encoder.encode_images(wish), encoder.encode_text("a cat")):
        with pytest.raises(EncoderUnavailable, match=f"No encoder server can be used.*{url}.*{said}"):
            await ask
    assert time.monotonic() - begun < 15
    assert not encoder.servers[0].trusted
    # And when it is well again it is used again, with the right vectors.
    well = toy()
    foreign.alter, foreign.instead, foreign.seconds = well.alter, None, 0.0
    encoder.servers[0]._resting_until = 0.0
    assert_same(await encoder.encode_images(wish), right[0])
    assert_same(await encoder.encode_text("a dog"), right[1])


async def test_another_model_after_a_reconnect_gives_no_vector(opened: Open) -> None:
    port, foreign, other = free_port(), toy(), toy()
    other.alter = lambda vector: vector[::-1]
    async with listening(foreign.app(), port) as url:
        encoder = await opened(url)
        wish = pictures(encoder, 2)
        right = await encoder.encode_images(wish)
    async with listening(other.app(), port):
        for ask in (encoder.encode_images(wish), encoder.encode_text("a cat")):
            with pytest.raises(
                EncoderUnavailable, match="another model or another way of computing: the cosine"
            ):
                await ask
    async with listening(foreign.app(), port):
        encoder.servers[0]._resting_until = 0.0
        assert_same(await encoder.encode_images(wish), right)


@pytest.mark.parametrize("good", [0, 7], ids=["before a batch", "within a batch"])
async def test_another_model_behind_connections_that_stay_gives_no_vector(
    opened: Open, stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch, good: int
) -> None:
    monkeypatch.setattr(remote_server, "PROBE_SECONDS", 0.0)
    foreign, well = toy(), toy()
    encoder = await opened(await stack.enter_async_context(listening(foreign.app())))
    wish = pictures(encoder, 40)
    right = await encoder.encode_images(wish)
    foreign.alter, foreign.good = (lambda vector: vector[::-1]), good
    another = "another model or another way of computing: the cosine"
    with pytest.raises(EncoderUnavailable, match=another):
        await encoder.encode_images(wish)
    assert encoder.servers[0].untrue
    foreign.alter, encoder.servers[0]._resting_until = well.alter, 0.0
    assert_same(await encoder.encode_images(wish), right)
    await encoder.encode_text("a dog")
    foreign.alter = lambda vector: vector[::-1]
    with pytest.raises(EncoderUnavailable, match=another):
        await encoder.encode_text("a cat")
    assert encoder.queries.get("a cat") is None


async def test_what_a_server_gave_that_turned_into_another_is_done_by_the_others(
    opened: Open, stack: AsyncExitStack
) -> None:
    servers = [toy(), toy()]
    encoder = await opened(*[await stack.enter_async_context(listening(each.app())) for each in servers])
    wish = pictures(encoder, 24)
    right = await encoder.encode_images(wish)
    servers[0].alter, servers[0].good = (lambda vector: vector[::-1]), 3
    assert_same(await encoder.encode_images(wish), right)
    assert [server.trusted for server in encoder.servers] == [False, True]


async def test_a_server_that_is_busy_after_a_batch_is_asked_again_and_its_vectors_stay(
    opened: Open, stack: AsyncExitStack
) -> None:
    foreign = toy()
    encoder = await opened(await stack.enter_async_context(listening(foreign.app())))
    (wish,) = pictures(encoder, 1)
    right = await encoder.encode_images([wish])

    def busy() -> Response:
        foreign.instead = None
        return JSONResponse({}, 503, {"Retry-After": "0.1"})

    before = len(foreign.asked)
    foreign.instead, foreign.good = busy, 1
    assert_same(await encoder.encode_images([wish]), right)
    assert len(foreign.asked) == before + 3  # the picture, and a golden one twice


async def test_texts_in_a_row_are_vouched_for_once(opened: Open, stack: AsyncExitStack) -> None:
    foreign = toy()
    encoder = await opened(await stack.enter_async_context(listening(foreign.app())))
    await encoder.encode_text("a dog")
    before = len(foreign.asked)
    for number in range(5):
        await encoder.encode_text(f"number {number}")
    assert len(foreign.asked) == before + 5


async def test_another_model_of_our_own_server_gives_no_vector(
    opened: Open, make_settings: MakeSettings
) -> None:
    settings = [
        make_settings(models_path=str(make_settings().data_path / name), clip_model="m") for name in "ab"
    ]
    make(settings[0].models_path / "m")
    make(settings[1].models_path / "m", Tiny(output="output"))
    port = free_port()
    async with our_server(settings[0], port) as url:
        encoder = await opened(url, clip_model="m")
        wish = pictures(encoder, 2)
        right = await encoder.encode_images(wish)
    async with our_server(settings[1], port):
        for ask in (encoder.encode_images(wish), encoder.encode_text("a cat")):
            with pytest.raises(EncoderUnavailable, match="other files"):
                await ask
    async with our_server(settings[0], port):
        encoder.servers[0]._resting_until = 0.0
        assert_same(await encoder.encode_images(wish), right)


@pytest.mark.parametrize("ours", [True, False])
async def test_a_server_that_is_away_is_used_again_when_it_is_back(
    opened: Open, make_settings: MakeSettings, ours: bool
) -> None:
    port, foreign = free_port(), toy()

    def server() -> Any:
        return our_server(make_settings(), port) if ours else listening(foreign.app(), port)

    async with server() as url:
        encoder = await opened(url)
        wish = pictures(encoder, 2)
        right = await encoder.encode_images(wish)
    for _ in range(2):
        with pytest.raises(EncoderUnavailable, match="can't be reached"):
            await encoder.encode_images(wish)
        with pytest.raises(EncoderUnavailable, match="can't be reached"):
            await encoder.encode_text("a dog")
    async with server():

        async def works() -> bool:
            try:
                assert_same(await encoder.encode_images(wish), right)
            except EncoderUnavailable:
                return False
            return True

        await eventually_async(works, deadline_seconds=30)


async def test_of_two_servers_one_dies_in_the_middle_of_a_batch(opened: Open, stack: AsyncExitStack) -> None:
    dying, other = toy(), toy()
    living = AsyncExitStack()
    first = await living.enter_async_context(listening(dying.app()))
    second = await stack.enter_async_context(listening(other.app()))
    encoder = await opened(first, second)
    assert all(server.trusted for server in encoder.servers)
    wish = pictures(encoder, 24)
    begun = len(dying.pictures)
    work = asyncio.create_task(encoder.encode_images(wish))
    await eventually_async(lambda: has(dying, begun + 3))
    dying.seconds = 30.0  # what it has taken by now it never answers
    await asyncio.sleep(0.1)
    await living.aclose()
    found = await work
    assert [server.trusted for server in encoder.servers] == [False, True]
    assert len(dying.pictures) > begun
    one_by_one = [(await encoder.encode_images([picture]))[0] for picture in wish]
    assert_same(found, np.stack(one_by_one))


async def test_the_only_server_dies_in_the_middle_of_a_batch(opened: Open) -> None:
    foreign = toy()
    async with listening(foreign.app()) as url:
        encoder = await opened(url)
        foreign.seconds, foreign.good = 30.0, 2
        work = asyncio.create_task(encoder.encode_images(pictures(encoder, 6)))
        await eventually_async(lambda: has(foreign, 3 + 3))
    with pytest.raises(EncoderUnavailable, match="No encoder server can be used"):
        await work


async def test_of_two_servers_one_is_dead_and_comes_up_later(
    opened: Open, stack: AsyncExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    port, late, foreign = free_port(), toy(), toy()
    url = await stack.enter_async_context(listening(foreign.app()))
    with caplog.at_level(logging.INFO):
        encoder = await opened(f"http://127.0.0.1:{port}", url)
        assert [server.trusted for server in encoder.servers] == [False, True]
        await encoder.encode_text("a dog")
        assert sum("is not used: it can't be reached" in line for line in caplog.messages) == 1
        await stack.enter_async_context(listening(late.app(), port))

        async def joined() -> bool:
            await encoder.encode_images(pictures(encoder, 2))
            return bool(encoder.servers[0].trusted)

        await eventually_async(joined, deadline_seconds=30)
        assert f"the encoder server http://127.0.0.1:{port} is used again" in caplog.messages
    before = len(late.pictures)
    await encoder.encode_images(pictures(encoder, 8))
    assert len(late.pictures) > before


async def test_a_text_that_is_late_is_asked_of_a_second_server(opened: Open, stack: AsyncExitStack) -> None:
    servers = [toy(), toy()]
    urls = [await stack.enter_async_context(listening(server.app())) for server in servers]
    encoder = await opened(*urls)
    expected = await encoder.encode_text("a dog")
    encoder.queries.clear()
    # Whichever is asked first does not answer for a long time.
    quick = min(encoder.servers, key=lambda server: server.pace)
    servers[encoder.servers.index(quick)].seconds = 20.0
    begun = time.monotonic()
    assert_same(await encoder.encode_text("a dog"), expected)
    assert time.monotonic() - begun < 10
    assert all(server.trusted for server in encoder.servers)


async def test_a_busy_server_is_asked_again_and_keeps_its_trust(opened: Open, stack: AsyncExitStack) -> None:
    foreign = toy()
    url = await stack.enter_async_context(listening(foreign.app()))
    encoder = await opened(url)
    answers = 0

    def busy() -> Response:
        nonlocal answers
        answers += 1
        foreign.instead = None if answers >= 2 else busy
        return JSONResponse({}, 503, {"Retry-After": "0.1"})

    for ask in (encoder.encode_text("a dog"), encoder.encode_images(pictures(encoder, 1))):
        answers, foreign.instead = 0, busy
        await ask
        assert answers == 2
    assert encoder.servers[0].trusted
    foreign.instead = lambda: JSONResponse({}, 503, {"Retry-After": "0.1"})
    with pytest.raises(EncoderUnavailable, match="503"):
        await encoder.encode_text("a cat")


async def test_a_picture_that_the_server_fails_on_is_not_taken_for_a_server_that_fails(
    opened: Open, stack: AsyncExitStack
) -> None:
    foreign = toy()
    url = await stack.enter_async_context(listening(foreign.app()))
    encoder = await opened(url)
    poison, good = pictures(encoder, 1)[0], golden.pictures(encoder.pixels)["tiles"]

    def fail_on_it(vector: list[float]) -> list[Any]:
        if (np.asarray(foreign.pictures[-1]) == poison).all():
            raise RuntimeError("this picture")
        return vector

    foreign.alter, foreign.towers = fail_on_it, frozenset({"visual"})
    logging.getLogger("hypercorn.error").setLevel(logging.CRITICAL)
    with pytest.raises(ModelUnavailable, match="refuses a picture: it answered 500") as refused:
        await encoder.encode_images([poison])
    assert not isinstance(refused.value, EncoderUnavailable)
    assert encoder.servers[0].trusted
    assert (await encoder.encode_images([good])).shape == (1, 48)


async def test_a_server_of_other_files_and_one_of_another_kind_are_left_out_loudly(
    opened: Open, stack: AsyncExitStack, make_settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings = [
        make_settings(models_path=str(make_settings().data_path / name), clip_model="m") for name in "ab"
    ]
    make(settings[0].models_path / "m")
    make(settings[1].models_path / "m", Tiny(output="output"))
    urls = [await stack.enter_async_context(our_server(each)) for each in settings]
    urls.append(await stack.enter_async_context(listening(toy().app())))
    encoder = await opened(*urls, clip_model="m")
    assert [server.trusted for server in encoder.servers] == [True, False, False]
    errors = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 2
    assert "copy the same model folder to all servers" in errors[0]
    assert "name servers of one kind only" in errors[1]
    assert encoder.servers[1].trouble in errors[0]
    await encoder.encode_images(pictures(encoder, 40))


@pytest.mark.parametrize(
    ("route", "said"),
    [
        (lambda _request: HTMLResponse("<h1>Welcome</h1>"), "does not answer /ping with pong"),
        (lambda _request: JSONResponse({}, 404), "answered 404"),
        (lambda _request: RedirectResponse("http://127.0.0.1:1/ping"), "answered 307"),
    ],
)
async def test_something_else_than_an_encoder_server_is_told(
    opened: Open, stack: AsyncExitStack, route: Any, said: str
) -> None:
    app = Router([Route("/{path:path}", route)])
    url = await stack.enter_async_context(listening(app))
    with pytest.raises(EncoderUnavailable, match=f"No encoder server can be used. {url}: .*{said}"):
        await opened(url)


async def test_a_wrong_key_and_a_missing_model_are_told(
    opened: Open, stack: AsyncExitStack, make_settings: MakeSettings
) -> None:
    url = await stack.enter_async_context(our_server(make_settings(encoder_key="0123456789abcdef")))
    with pytest.raises(EncoderUnavailable, match="CLIP_SERVER_KEY must be the server's ENCODER_KEY"):
        await opened(url, clip_server_key="something else")
    with pytest.raises(EncoderUnavailable, match="does not have the model other"):
        await opened(url, clip_server_key="0123456789abcdef", clip_model="other")
