"""Our encoder server, asked by a client that knows only the description of ``/predict``, and by ours."""

import asyncio
import base64
import io
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from prometheus_client.parser import text_string_to_metric_families

from appliance.clip.encoder import TowerName
from appliance.clip.local import LocalEncoder
from appliance.clip.opening import open_local
from benchmarks.support.photos import DEFAULT, read_photos
from tests.conftest import MakeSettings
from tests.support.encoders import our_server, read, see
from tests.support.tiny_models import SIDE, Tiny, make
from tests.support.waiting import eventually_async

BOTH: frozenset[TowerName] = frozenset({"image", "text"})

KEY = "0123456789abcdef0123"


class Predict:
    """A client written from the description of the protocol alone."""

    def __init__(self, url: str, **options: Any) -> None:
        self.http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, **options)

    async def picture(self, data: bytes, name: str = "starter") -> httpx.Response:
        entries = json.dumps({"clip": {"visual": {"modelName": name, "options": {}}}})
        return await self.http.post("/predict", data={"entries": entries}, files={"image": ("blob", data)})

    async def text(self, text: str, name: str = "starter") -> httpx.Response:
        entries = json.dumps({"clip": {"textual": {"modelName": name, "options": {"language": "en-GB"}}}})
        parts = {"entries": (None, entries), "text": (None, text)}
        return await self.http.post("/predict", files=parts)

    @staticmethod
    def vector(answer: httpx.Response) -> Any:
        assert answer.status_code == 200, answer.text
        said = answer.json()["clip"]
        assert isinstance(said, str)
        return np.asarray(json.loads(said))


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
async def server(stack: AsyncExitStack, make_settings: MakeSettings) -> Predict:
    """The starter model, without a key."""
    return await started(stack, make_settings())


async def started(stack: AsyncExitStack, settings: Any, **options: Any) -> Predict:
    client = Predict(await stack.enter_async_context(our_server(settings)), **options)
    stack.push_async_callback(client.http.aclose)
    return client


async def test_it_answers_a_ping(server: Predict) -> None:
    answer = await server.http.get("/ping")
    assert (answer.status_code, answer.text) == (200, "pong")
    assert answer.headers["content-type"].startswith("text/plain")


async def test_a_client_that_speaks_only_predict_gets_right_vectors(server: Predict) -> None:
    for photo in read_photos(DEFAULT)[:12]:
        answer = await server.picture(photo.path.read_bytes())
        with Image.open(photo.path) as picture:
            assert (answer.json()["imageWidth"], answer.json()["imageHeight"]) == picture.size
            # Theirs from the same file, whole and undecorated.
            expected = np.asarray(see(picture.convert("RGB")))
        assert float(server.vector(answer) @ expected) >= 0.999
    for text in ("a dog on the beach", " red  bike\n", "Größe 42"):
        np.testing.assert_allclose(server.vector(await server.text(text)), read(text), atol=1e-5)


async def test_its_vectors_are_those_of_the_same_model_in_process(
    server: Predict, make_settings: MakeSettings
) -> None:
    local = await open_local(make_settings(), towers=BOTH)
    expected = await local.encode_text("a red dog")
    np.testing.assert_allclose(server.vector(await server.text("a red dog")), expected, atol=1e-7)
    described = (await server.http.get("/v1/model")).json()
    assert (described["identity"], described["dimension"]) == (local.identity, 384)
    await local.close()


async def says(server: Predict, line: str) -> bool:
    return line in (await server.http.get("/metrics")).text


def form(entries: Any, **files: Any) -> dict[str, Any]:
    return {
        "files": {"entries": (None, entries if isinstance(entries, str) else json.dumps(entries))} | files
    }


VISUAL = {"clip": {"visual": {"modelName": "starter"}}}
TEXTUAL = {"clip": {"textual": {"modelName": "starter"}}}

REFUSED = [
    pytest.param("/predict", {}, 422, "entries", id="no form"),
    pytest.param("/predict", {"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 422,
                 "form", id="no boundary"),
    pytest.param("/predict", form("{"), 422, "entries", id="not JSON"),
    pytest.param("/predict", form([1]), 422, "entries", id="a list"),
    pytest.param("/predict", form({"clip": {"visual": {}}}), 422, "entries", id="no name"),
    pytest.param("/predict", form({"clip": VISUAL["clip"] | TEXTUAL["clip"]}), 422, "one at a time", id="both"),
    pytest.param("/predict", form({"ocr": {"detection": {"modelName": "x"}}}), 422, "nothing else", id="ocr"),
    pytest.param("/predict", form(VISUAL), 422, "a file `image`", id="no picture"),
    pytest.param("/predict", form(VISUAL, image=(None, "x")), 422, "a file `image`", id="a text as picture"),
    pytest.param("/predict", form(VISUAL, image=("a.jpg", b"")), 422, "empty", id="empty picture"),
    pytest.param("/predict", form(VISUAL, image=("a.jpg", b"GIF89a")), 422, "picture", id="damaged picture"),
    pytest.param("/predict", form(TEXTUAL), 422, "a field `text`", id="no text"),
    pytest.param("/predict", form(TEXTUAL, text=(None, "  ")), 422, "empty", id="empty text"),
    pytest.param("/predict", form(TEXTUAL, text=(None, "a" * 10_001)), 422, "10000 characters", id="long text"),
    pytest.param("/predict", form(TEXTUAL, text=(None, "a" * 99_999)), 422, "form", id="very long text"),
    pytest.param("/predict", form({"clip": {"textual": {"modelName": "absent"}}}, text=(None, "a")), 404,
                 "does not have the model absent", id="no such model"),
    pytest.param("/predict", form({"clip": {"textual": {"modelName": "../../etc"}}}, text=(None, "a")), 404,
                 "model", id="a path as model"),
    pytest.param("/predict", form({"clip": {"textual": {"modelName": ".."}}}, text=(None, "a")), 404,
                 "model", id="a folder above as model"),
    pytest.param("/v1/images?model=absent", {"content": b"x"}, 404, "absent", id="batch: no such model"),
    pytest.param("/v1/images", {"content": b""}, 422, "0 bytes", id="batch: nothing"),
    pytest.param("/v1/images", {"content": b"x" * 1000}, 422, "1000 bytes are not pictures", id="batch: a piece"),
    pytest.param("/v1/images", {"content": bytes(33 * 260 * 260 * 3)}, 413, "larger than", id="batch: too many"),
    pytest.param("/v1/images", {"content": b"x", "headers": {"x-model-identity": "0" * 64}}, 409,
                 "other files here", id="batch: another model"),
    pytest.param("/v1/texts", {"content": b"{"}, 422, "texts", id="texts: not JSON"),
    pytest.param("/v1/texts", {"json": {"texts": []}}, 422, "1 to 64", id="texts: none"),
    pytest.param("/v1/texts", {"json": {"texts": ["a"] * 65}}, 422, "1 to 64", id="texts: too many"),
    pytest.param("/v1/texts", {"json": {"texts": [1]}}, 422, "characters", id="texts: a number"),
    pytest.param("/v1/texts", {"content": rb'{"texts": ["a \ud83d dog"]}'}, 422, "half of a character",
                 id="texts: half a character"),
    pytest.param("/v1/texts", {"content": b'{"texts": ["\xff"]}'}, 422, "texts", id="texts: not UTF-8"),
    pytest.param("/predict", form(rb'{"clip": {"textual": {"modelName": "\ud83d"}}}'.decode(), text=(None, "a")), 404,
                 "model", id="half a character as model"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "request_", "status", "said"), REFUSED)
async def test_what_is_wrong_is_refused_in_one_sentence(
    server: Predict, path: str, request_: dict[str, Any], status: int, said: str
) -> None:
    answer = await server.http.post(path, **request_)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text
    assert set(answer.json()) == {"detail", "code"}
    assert server.vector(await server.text("still here")).shape == (384,)


async def test_a_body_that_is_too_large_is_not_read_to_its_end(
    stack: AsyncExitStack, make_settings: MakeSettings
) -> None:
    server = await started(stack, make_settings(max_upload_bytes="1000"))
    answer = await server.picture(bytes(2_000_000))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_huge_picture_is_refused_before_it_is_decoded(
    stack: AsyncExitStack, make_settings: MakeSettings
) -> None:
    server = await started(stack, make_settings(max_pixels="10000"))
    out = io.BytesIO()
    Image.new("RGB", (101, 100)).save(out, "PNG")
    answer = await server.picture(out.getvalue())
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_pixels")


BASIC = base64.b64encode(f"anyone:{KEY}".encode()).decode()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": f"Bearer {KEY}"}, 200),
        ({"Authorization": f"bearer {KEY}"}, 200),
        ({"X-API-Key": KEY}, 200),
        ({"Authorization": f"Basic {BASIC}"}, 200),
        ({"Authorization": "Basic ???"}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": KEY}, 401),
        ({"X-API-Key": ""}, 401),
    ],
)
async def test_the_key_is_asked_for_everywhere_but_at_the_ping(
    stack: AsyncExitStack, make_settings: MakeSettings, headers: dict[str, str], status: int
) -> None:
    server = await started(stack, make_settings(encoder_key=KEY), headers=headers)
    assert (await server.text("a dog")).status_code == status
    assert (await server.http.get("/metrics")).status_code == status
    assert (await server.http.get("/v1/model")).status_code == status
    assert (await server.http.get("/ping")).text == "pong"


async def test_pages_in_browsers_are_not_let_in(server: Predict) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await server.http.get("/v1/model", headers=headers)).status_code == 403


async def test_other_models_are_found_by_the_names_that_others_write_and_take_turns(
    stack: AsyncExitStack, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    for name in ("ViT-B-32__openai", "other"):
        make(settings.models_path / name, Tiny())
    server = await started(stack, settings)

    async def loaded() -> set[str]:
        found = text_string_to_metric_families((await server.http.get("/metrics")).text)
        samples = [sample for family in found for sample in family.samples]
        return {s.labels["name"] for s in samples if s.name == "scene_sense_encoder_model"}

    for name in ("ViT-B-32__openai", "ViT-B-32::openai", "immich-app/ViT-B-32__openai"):
        assert server.vector(await server.text("a dog", name)).shape == (4,)
    assert await loaded() == {"starter", "ViT-B-32__openai"}
    assert server.vector(await server.text("a dog", "other")).shape == (4,)
    assert await loaded() == {"ViT-B-32__openai", "other"}
    assert server.vector(await server.text("a dog")).shape == (384,)


async def test_a_model_whose_files_are_exchanged_is_never_mixed_up_with_the_former_one(
    stack: AsyncExitStack, make_settings: MakeSettings
) -> None:
    settings = make_settings(clip_model="m")
    root = make(settings.models_path / "m")
    server = await started(stack, settings)
    former = (await server.http.get("/v1/model")).json()["identity"]
    headers = {"x-model-identity": former}
    other = make(settings.models_path / "other", Tiny(output="output"))
    for tower in ("visual", "textual"):
        (root / tower / "model.onnx").write_bytes((other / tower / "model.onnx").read_bytes())
    answers = [
        await server.http.post("/v1/texts", json={"texts": ["cat"]}, headers=headers) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [503, 409]
    assert (await server.http.get("/v1/model")).json()["identity"] != former


async def test_it_counts_what_it_does_and_says_what_runs_the_model(server: Predict) -> None:
    await server.text("a dog")
    await server.http.post("/v1/images", content=bytes(3 * 260 * 260 * 3))
    await server.http.post("/v1/images", content=b"x")
    families = text_string_to_metric_families((await server.http.get("/metrics")).text)
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }
    assert found["scene_sense_encoder_requests_total", "/predict", "200"] == 1
    assert found["scene_sense_encoder_requests_total", "/v1/images", "200"] == 1
    assert found["scene_sense_encoder_requests_total", "/v1/images", "422"] == 1
    assert found["scene_sense_encoder_items_total", "picture"] == 3
    assert found["scene_sense_encoder_batch_pictures_sum",] == 3
    assert found["scene_sense_encoder_inside", "picture"] == 0
    assert any(key[0] == "scene_sense_encoder_model" and "CPUExecutionProvider" in key for key in found)
    assert found["process_resident_memory_bytes",] > 0


async def test_a_text_does_not_wait_for_the_pictures_that_were_sent_before_it(server: Predict) -> None:
    """128 pictures are in work, which end together, as each takes its slices in turn; texts come in between."""
    body = bytes(32 * 260 * 260 * 3)
    begun = time.monotonic()
    work = [asyncio.create_task(server.http.post("/v1/images", content=body)) for _ in range(4)]
    await eventually_async(lambda: says(server, 'scene_sense_encoder_inside{kind="picture"} 4.0'))
    took = []
    for index in range(3):
        asked = time.monotonic()
        assert server.vector(await server.text(f"number {index}")).shape == (384,)
        took.append(time.monotonic() - asked)
        assert not any(task.done() for task in work)
    for answer in await asyncio.gather(*work):
        assert answer.status_code == 200
    # There were 32 slices; each text had to wait for one of them.
    assert min(took) < (time.monotonic() - begun) / 8


async def test_work_for_someone_who_hung_up_is_dropped(server: Predict) -> None:
    with pytest.raises(httpx.ReadTimeout):
        await server.http.post("/v1/images", content=bytes(32 * 260 * 260 * 3), timeout=0.05)
    await eventually_async(lambda: says(server, 'scene_sense_encoder_inside{kind="picture"} 0.0'))


async def test_a_slice_of_a_batch_is_what_the_model_gives_in_process(
    stack: AsyncExitStack, make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings(clip_model="m")
    make(settings.models_path / "m")
    server = await started(stack, settings)
    local: LocalEncoder = await open_local(settings, towers=BOTH)
    pixels = np.random.default_rng(2).integers(0, 256, (7, SIDE, SIDE, 3), dtype=np.uint8)
    answer = await server.http.post("/v1/images", content=pixels.tobytes())
    found = np.frombuffer(answer.content, "<f4").reshape(7, 4)
    np.testing.assert_array_equal(found, await local.encode_images(pixels))
    assert answer.headers["x-model-identity"] == local.identity
    await local.close()


async def test_bodies_that_do_not_come_keep_nobody_from_a_turn(server: Predict) -> None:
    url = server.http.base_url
    held = []
    for _ in range(20):
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(b'POST /v1/texts HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{"texts": ["a')
        await writer.drain()
        held.append((reader, writer))
    async with asyncio.timeout(10):
        assert (await server.http.post("/v1/texts", json={"texts": ["a dog"]})).status_code == 200
    for _, writer in held:
        writer.close()
        await writer.wait_closed()


async def test_texts_of_someone_who_hung_up_are_dropped(server: Predict) -> None:
    for turn in range(20):
        texts = [f"{turn} {number} {'a red bike leans on a wall ' * 10}" for number in range(64)]
        with pytest.raises(httpx.ReadTimeout):
            await server.http.post("/v1/texts", json={"texts": texts}, timeout=httpx.Timeout(5, read=0.02))
    await eventually_async(lambda: says(server, 'scene_sense_encoder_inside{kind="text"} 0.0'), 2)


async def test_the_texts_of_a_request_are_not_endless_together(server: Predict) -> None:
    answer = await server.http.post("/v1/texts", json={"texts": ["a " * 4000] * 3})
    assert answer.status_code == 422
    assert "at most 20000 characters together" in answer.json()["detail"]
