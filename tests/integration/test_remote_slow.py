"""A server of ours on a weak machine: it is given fewer pictures at a time, until it gets through them in time."""

import asyncio
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from appliance.clip.opening import open_encoder
from appliance.clip.remote.encoder import RemoteEncoder
from appliance.clip.remote.wire import (
    IDENTITY_HEADER,
    Described,
    description_to_json,
    pictures_from_bytes,
    vectors_to_bytes,
)
from appliance.records.media import PixelSpec
from appliance.records.models import Card
from tests.conftest import MakeSettings
from tests.support.encoders import listening

SPEC = PixelSpec(16, 16, "squash", "bicubic")
HEADERS = {IDENTITY_HEADER: "weak-machine"}


def weak(seconds_per_picture: float, sizes: list[int]) -> Starlette:
    """A server of our wire whose vectors are mean colours, slow with pictures; notes how many it is given."""
    described = Described(
        protocol="scene-sense-1",
        name="starter",
        identity="weak-machine",
        dimension=3,
        pixels=SPEC,
        card=Card("starter", "", "", (), "", 3),
        providers=("CPUExecutionProvider",),
        pictures=32,
    )

    async def model(_request: Request) -> Response:
        return Response(description_to_json(described), headers=HEADERS)

    async def images(request: Request) -> Response:
        pictures: Any = pictures_from_bytes(await request.body(), SPEC)
        sizes.append(len(pictures))
        await asyncio.sleep(seconds_per_picture * len(pictures))
        means = np.asarray(pictures, np.float32).mean(axis=(1, 2)) + 1
        return Response(
            vectors_to_bytes(means / np.linalg.norm(means, axis=1, keepdims=True)), headers=HEADERS
        )

    async def texts(_request: Request) -> Response:
        return Response(vectors_to_bytes(np.array([[1, 0, 0]], np.float32)), headers=HEADERS)

    return Starlette(
        routes=[
            Route("/v1/model", model),
            Route("/v1/images", images, methods=["POST"]),
            Route("/v1/texts", texts, methods=["POST"]),
        ]
    )


async def test_a_weak_server_is_given_fewer_pictures_at_a_time(make_settings: MakeSettings) -> None:
    sizes: list[int] = []
    async with listening(weak(0.5, sizes)) as url:
        settings = make_settings(clip_server_url=url, clip_server_timeout_seconds="2.5")
        encoder = await open_encoder(settings, towers=frozenset({"image", "text"}))
        assert isinstance(encoder, RemoteEncoder)
        wish = np.random.default_rng(1).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
        found = await encoder.encode_images(wish)
        assert found.shape == (8, 3)
        assert {8, 4} <= set(sizes)
        assert encoder.servers[0].batch < 8
        assert (await encoder.encode_text("a dog")).tolist() == [1, 0, 0]
        await encoder.close()
