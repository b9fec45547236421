"""A text has the time that one server has, whatever has to be done before it can be asked."""

import time

import pytest

from appliance.clip.opening import open_encoder
from appliance.clip.remote.encoder import RemoteEncoder
from appliance.clip.remote.faults import ServerLate
from appliance.errors import EncoderUnavailable
from tests.conftest import MakeSettings
from tests.support.encoders import Foreign, listening


async def test_a_text_does_not_outwait_its_time_for_an_examination(make_settings: MakeSettings) -> None:
    foreign = Foreign()
    async with listening(foreign.app()) as url:
        settings = make_settings(clip_server_url=url, clip_server_timeout_seconds="3")
        encoder = await open_encoder(settings, towers=frozenset({"image", "text"}))
        assert isinstance(encoder, RemoteEncoder)
        foreign.seconds = 2
        encoder.servers[0].trusted = False  # several golden texts and pictures, 2 seconds each
        begun = time.monotonic()
        with pytest.raises(EncoderUnavailable):
            await encoder.encode_text("a dog")
        assert time.monotonic() - begun < 5
        await encoder.close()


async def test_a_server_does_not_rest_because_a_text_had_little_time_left(
    make_settings: MakeSettings,
) -> None:
    foreign = Foreign()
    async with listening(foreign.app()) as url:
        settings = make_settings(clip_server_url=url, clip_server_timeout_seconds="20")
        encoder = await open_encoder(settings, towers=frozenset({"image", "text"}))
        assert isinstance(encoder, RemoteEncoder)
        server = encoder.servers[0]
        foreign.seconds = 1
        with pytest.raises(ServerLate):
            await server.text("a dog", encoder.standard, seconds=0.1)
        assert server.trusted
        assert not server.rests
        await encoder.close()
