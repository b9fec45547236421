"""A server's refusals and absences, as the command line tells of them."""

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from appliance import errors
from appliance.cli.files import exactly
from appliance.cli.library import File, Wish
from appliance.cli.over_http import RemoteLibrary
from appliance.cli.remote import Remote, address_of

Answerer = Callable[[httpx.Request], httpx.Response]


def problem(status: int, code: str, detail: str, **headers: str) -> httpx.Response:
    body = {"type": "about:blank", "title": "T", "status": status, "code": code, "detail": detail}
    kind = {"content-type": "application/problem+json"}
    return httpx.Response(status, json=body, headers=kind | headers)


def remote(answer: Answerer, *, patience_seconds: float = 0.0, said: list[str] | None = None) -> Remote:
    """A server that answers so."""
    lines = [] if said is None else said
    return Remote(
        "http://nas.local:8020/photos/",
        "ss_key",
        patience_seconds=patience_seconds,
        say=lines.append,
        transport=httpx.MockTransport(answer),
    )


async def refusal(response: httpx.Response) -> errors.SceneSenseError:
    async with remote(lambda _: response) as server:
        with pytest.raises(errors.SceneSenseError) as caught:
            await server.ask("GET", "/api/assets")
    return caught.value


async def test_a_question_goes_below_the_address_with_the_key() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert str(request.url) == "http://nas.local:8020/photos/api/search"
        assert request.headers["authorization"] == "Bearer ss_key"
        return httpx.Response(200, json={"x": 1})

    async with remote(answer) as server:
        assert await server.ask("POST", "/api/search", json={}) == {"x": 1}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "bad_request", errors.UsageError),
        (400, "unknown_host", errors.UsageError),
        (403, "forbidden", errors.Forbidden),
        (404, "not_found", errors.NotFound),
        (409, "conflict", errors.Conflict),
        (413, "file_too_large", errors.FileTooLarge),
        (413, "body_too_large", errors.FileTooLarge),
        (415, "video_unsupported", errors.VideoUnsupported),
        (422, "file_damaged", errors.DamagedFile),
        (429, "too_many_attempts", errors.TooManyAttempts),
        (500, "internal_error", errors.SceneSenseError),
        (503, "volume_unavailable", errors.VolumeUnavailable),
        (507, "disk_full", errors.DiskFull),
        (418, "from_the_future", errors.SceneSenseError),
    ],
)
async def test_a_problem_becomes_the_error_it_was(
    status: int, code: str, kind: type[errors.SceneSenseError]
) -> None:
    error = await refusal(problem(status, code, "As the server says."))
    assert type(error) is kind
    assert kind is errors.TooManyAttempts or error.message == "As the server says."


async def test_a_wrong_key_is_said_with_the_remedy() -> None:
    error = await refusal(problem(401, "unauthenticated", "Sign in first."))
    assert isinstance(error, errors.Unauthenticated)
    assert "scene-sense key create" in error.message


@pytest.mark.parametrize(
    ("response", "says"),
    [
        (httpx.Response(200, text="<html>"), "not as Scene-Sense"),
        (httpx.Response(404, text="<html>"), "not as Scene-Sense does (404)"),
        (httpx.Response(308, headers={"location": "https://nas.local/"}), "https://nas.local/"),
        (httpx.Response(502, text="<html>"), "is not ready: 502"),
    ],
)
async def test_somebody_elses_answer_is_named_as_such(response: httpx.Response, says: str) -> None:
    assert says in (await refusal(response)).message


async def test_an_answer_of_another_shape_is_told_in_one_line() -> None:
    async with remote(
        lambda _: httpx.Response(200, json=[{"sha256": "00", "state": "new", "id": None}])
    ) as s:
        with pytest.raises(errors.SceneSenseError, match="another release"):
            await RemoteLibrary(s).check([File(Path("a"), name="a", sha256=bytes(32), bytes=1)])


async def test_a_server_that_restarts_is_asked_again_and_told_of_once() -> None:
    coming: Iterator[httpx.Response | Exception] = iter(
        [
            httpx.ConnectError("refused"),
            problem(503, "database_unavailable", "Not yet."),
            httpx.Response(200, json=[]),
        ]
    )

    def answer(_: httpx.Request) -> httpx.Response:
        given = next(coming)
        if isinstance(given, Exception):
            raise given
        return given

    said: list[str] = []
    async with remote(answer, patience_seconds=30, said=said) as server:
        assert await server.ask("GET", "/api/jobs") == []
    assert len(said) == 1
    assert said[0].endswith("can't be reached: refused; trying again for 30 seconds")


@pytest.mark.parametrize("code", ["model_unavailable", "volume_unavailable"])
async def test_what_waiting_does_not_mend_is_not_waited_for(code: str) -> None:
    asked = itertools.count()

    def answer(_: httpx.Request) -> httpx.Response:
        assert next(asked) == 0
        return problem(503, code, "Away.")

    async with remote(answer, patience_seconds=60) as server:
        with pytest.raises(errors.Unavailable, match="Away"):
            await server.ask("GET", "/api/jobs")


async def test_an_upload_is_sent_whole_again_after_the_connection_was_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"picture" * 400_000)
    bodies: list[bytes] = []
    lines: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(await request.aread())
        if len(bodies) == 1:
            raise httpx.ReadError("lost")
        return problem(422, "file_damaged", "Damaged.")

    async with Remote(
        "http://nas.local", "k", patience_seconds=5, say=lines.append, transport=httpx.MockTransport(answer)
    ) as server:
        with pytest.raises(errors.DamagedFile):
            await RemoteLibrary(server).add(
                File(path, name='ä"\\\r\nb.jpg', sha256=bytes(32), bytes=path.stat().st_size),
                Wish(folder="a/b", tags=("x", "y"), ttl="7d"),
            )
    assert bodies[0] == bodies[1]
    assert path.read_bytes() in bodies[1]
    assert 'filename="ä\\"\\\\  b.jpg"'.encode() in bodies[1]
    assert bodies[1].count(b'name="tags"') == 2


@pytest.mark.parametrize("size", [3, 9])
async def test_a_file_that_changes_while_it_is_sent_is_not_sent(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"sixsix")

    async def read() -> AsyncIterator[bytes]:
        async for piece in exactly(path, size):
            yield piece

    with pytest.raises(OSError, match="changed"):
        _ = [piece async for piece in read()]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nas.local:8020",
        "ftp://x",
        "http://",
        "http://x:99999",
        "http://x/?a=1",
        "http://u:p@x",
        "http://[",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(errors.UsageError):
        address_of(address)
