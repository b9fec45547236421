"""Our client against our server and against one that speaks only ``/predict``: the same vectors as in process."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.clip.encoder import TowerName
from appliance.clip.local import LocalEncoder
from appliance.clip.opening import open_encoder, open_local
from appliance.clip.remote.encoder import RemoteEncoder
from appliance.errors import UsageError
from appliance.media.decoder import Decoder
from appliance.records.media import DecodeLimits, PixelSpec
from appliance.settings import Settings
from benchmarks.support.photos import DEFAULT, read_photos
from tests.conftest import MakeSettings
from tests.support.encoders import Foreign, listening, our_server

BOTH: frozenset[TowerName] = frozenset({"image", "text"})

TEXTS = ("a dog on the beach", "red bike in the snow", "Größe 42, kariert", "🙂 party", "a " * 300)


@pytest.fixture
async def local(make_settings: MakeSettings) -> AsyncIterator[LocalEncoder]:
    encoder = await open_local(make_settings(), towers=BOTH)
    yield encoder
    await encoder.close()


async def opened(settings: Settings) -> RemoteEncoder:
    encoder = await open_encoder(settings, towers=BOTH)
    assert isinstance(encoder, RemoteEncoder)
    return encoder


async def decoded(spec: PixelSpec, count: int) -> list[NDArray[np.uint8]]:
    """The project's own photos as ``spec`` wants them."""
    pixels = []
    async with Decoder(DecodeLimits(220_000_000, 60, 2048 * 1024 * 1024), 2) as decoder:
        for photo in read_photos(DEFAULT)[:count]:
            fd = os.open(photo.path, os.O_RDONLY)
            try:
                rendered = await decoder.render(fd, sizes=(), pixels=spec)
            finally:
                os.close(fd)
            assert rendered.pixels is not None
            pixels.append(rendered.pixels)
    return pixels


async def test_our_server_and_this_process_can_take_each_others_place(
    make_settings: MakeSettings, local: LocalEncoder
) -> None:
    async with our_server(make_settings()) as url:
        remote = await opened(make_settings(clip_server_url=url))
        assert (remote.identity, remote.name, remote.dimension) == (local.identity, "starter", 384)
        assert (remote.pixels, remote.card, remote.providers) == (local.pixels, local.card, local.providers)
        pixels = await decoded(local.pixels, 20)
        np.testing.assert_allclose(
            await remote.encode_images(pixels), await local.encode_images(pixels), atol=1e-6
        )
        for text in TEXTS:
            np.testing.assert_allclose(
                await remote.encode_text(text), await local.encode_text(text), atol=1e-6
            )
        assert (await remote.encode_images([])).shape == (0, 384)
        await remote.close()


async def test_a_server_that_speaks_only_predict_gives_right_vectors(
    make_settings: MakeSettings, local: LocalEncoder
) -> None:
    foreign = Foreign()
    async with listening(foreign.app()) as url:
        remote = await opened(make_settings(clip_server_url=f"{url}/"))
        assert remote.is_foreign
        assert (remote.name, remote.dimension) == ("starter", 384)
        assert remote.identity.startswith("remote-")
        assert remote.identity != local.identity
        sent = await decoded(remote.pixels, 8)
        found = await remote.encode_images(sent)
        expected = await local.encode_images(await decoded(local.pixels, 8))
        assert float((found * expected).sum(axis=1).min()) >= 0.999
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
        for text in TEXTS[:-1]:  # what becomes of a text that is too long is the server's choice
            assert float(await remote.encode_text(text) @ await local.encode_text(text)) >= 0.999
        # The server saw whole pictures, to the pixel as they were decoded.
        seen = {picture.size: np.asarray(picture) for picture in foreign.pictures}
        for picture in sent:
            height, width, _ = picture.shape
            assert (width, height) in seen
            assert min(width, height) <= 512
        assert any((np.asarray(picture) == sent[-1]).all() for picture in foreign.pictures[-8:]
                   if picture.size == (sent[-1].shape[1], sent[-1].shape[0]))  # fmt: skip
        assert {name for _, name in foreign.asked} == {"starter"}
        await remote.close()


async def test_a_text_is_asked_for_once(make_settings: MakeSettings) -> None:
    foreign = Foreign()
    async with listening(foreign.app()) as url:
        remote = await opened(make_settings(clip_server_url=url))
        first = await remote.encode_text("a dog")
        before = len(foreign.asked)
        assert await remote.encode_text("a dog") is first
        assert len(foreign.asked) == before
        assert remote.queries.get("a dog") is first
        await remote.close()


async def test_half_a_character_is_refused_before_a_server_is_asked(make_settings: MakeSettings) -> None:
    foreign = Foreign()
    async with listening(foreign.app()) as url:
        remote = await opened(make_settings(clip_server_url=url))
        before = len(foreign.asked)
        with pytest.raises(UsageError, match="half of a character"):
            await remote.encode_text("a \ud83d dog")
        assert len(foreign.asked) == before
        await remote.close()


async def test_a_key_is_sent_where_one_is_asked_for(make_settings: MakeSettings) -> None:
    key = "0123456789abcdef"
    async with our_server(make_settings(encoder_key=key)) as url:
        remote = await opened(make_settings(clip_server_url=url, clip_server_key=key))
        await remote.close()


@pytest.mark.parametrize(
    ("name", "side"),
    [("ViT-B-32__openai", 512), ("ViT-L-14-336__openai", 672), ("ViT-B-16-SigLIP-512__webli", 1024),
     ("ViT-H-14-378-quickgelu__dfn5b", 756), ("ViT-B-32__laion400m_e31", 512)],
)  # fmt: skip
def test_a_foreign_server_is_sent_more_than_its_model_takes(name: str, side: int) -> None:
    from appliance.clip.remote.predict import PredictProtocol  # noqa: PLC0415

    pixels = PredictProtocol(line=None, name=name).pixels  # type: ignore[arg-type]
    assert (pixels.resize, pixels.width) == ("short", side)


def test_the_foreign_server_uses_nothing_of_this_program() -> None:
    text = (Path(__file__).parents[1] / "support/encoders.py").read_text()
    used = {line.split()[1] for line in text.splitlines() if line.startswith("from ")}
    assert {name for name in used if name.startswith(("appliance", "workers"))} == {
        "appliance.settings", "workers.encoder.app", "workers.encoder_server"
    }  # fmt: skip
