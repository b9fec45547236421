"""``scene-sense model pause NAME``: stop filling a set, and keep what it has."""

import typer

from appliance.cli.context import JsonOption, run, settings_of
from appliance.cli.model.common import NameArgument, note, opened, say
from appliance.library import sets
from appliance.records.models import Model
from appliance.settings import Settings


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("pause")(pause)


def pause(context: typer.Context, name: NameArgument, *, as_json: JsonOption = False) -> None:
    """Add no more vectors of this model until `fill` goes on; what is there stays."""
    model = run(_pause(settings_of(context), name))
    say(model, "gets no more vectors; `scene-sense model fill` goes on.", as_json=as_json)


async def _pause(settings: Settings, name: str) -> Model:
    async with opened(settings) as appliance:
        model = await sets.pause(appliance.db, name)
        await note(appliance, "model.pause", model)
        return model
