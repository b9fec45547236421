"""What the doctor says of encoder servers: one line for each, with what mends it."""

from contextlib import AsyncExitStack

from appliance.library.checks.common import Subject
from appliance.library.checks.encoders import look
from appliance.library.checks.model import look as look_at_the_model
from appliance.records.doctor import Level
from appliance.records.models import Model
from tests.conftest import MakeSettings
from tests.support.encoders import free_port, listening, our_server, toy


async def test_each_server_is_told_with_what_runs_it_and_how_soon_it_answers(
    make_settings: MakeSettings,
) -> None:
    async with our_server(make_settings()) as url:
        away = f"http://127.0.0.1:{free_port()}"
        found = await look_at_the_model(
            Subject(make_settings(clip_server_url=f"{url},{away}"), before_start=False)
        )
    assert [(finding.name, finding.level) for finding in found] == [
        ("model", Level.OK), ("model.server", Level.OK), ("model.server", Level.WARNING)
    ]  # fmt: skip
    assert f"{url} is a Scene-Sense encoder that runs by CPUExecutionProvider" in found[1].text
    assert f"{away} is not used: it can't be reached" in found[2].text
    assert "CLIP_SERVER_URL" in str(found[2].remedy)


async def test_a_foreign_server_and_one_of_another_model_are_told_apart(make_settings: MakeSettings) -> None:
    other = toy()
    other.alter = lambda vector: vector[::-1]
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(listening(server.app())) for server in (toy(), other)]
        found = await look(make_settings(clip_server_url=",".join(urls)), None)
    assert [finding.level for finding in found] == [Level.OK, Level.OK, Level.WARNING]
    assert "speaks only /predict" in found[1].text
    assert "another model or another way of computing" in found[2].text


async def test_a_library_of_another_model_and_a_wrong_dimension_are_failures(
    make_settings: MakeSettings,
) -> None:
    async with our_server(make_settings()) as url:
        settings = make_settings(clip_server_url=url, clip_embed_dim="7")
        assert "CLIP_EMBED_DIM is 7" in (await look(settings, None))[0].text
        found = await look(settings, Model(1, "0" * 64, "starter", 384))
    assert found[0].level is Level.FAILURE
    assert "not the model that the library's vectors were made with" in found[0].text


async def test_nothing_is_asked_before_the_services_start(make_settings: MakeSettings) -> None:
    settings = make_settings(clip_server_url=f"http://127.0.0.1:{free_port()}")
    assert await look_at_the_model(Subject(settings, before_start=True)) == ()
    (found,) = await look_at_the_model(Subject(settings, before_start=False))
    assert (found.name, found.level) == ("model.runs", Level.FAILURE)
    assert "No encoder server can be used" in found.text
