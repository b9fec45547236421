"""``scene-sense model drop NAME``: delete the vectors of a model that does not answer searches."""

import typer

from appliance.cli.context import JsonOption, run, settings_of
from appliance.cli.model.common import NameArgument, note, opened, say
from appliance.library import sets
from appliance.records.models import Model
from appliance.settings import Settings


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("drop")(drop)


def drop(context: typer.Context, name: NameArgument, *, as_json: JsonOption = False) -> None:
    """Delete this model's vectors from the library; its files stay, and `fill` makes the vectors again."""
    model = run(_drop(settings_of(context), name))
    say(model, "has no vectors in the library any more.", as_json=as_json)


async def _drop(settings: Settings, name: str) -> Model:
    async with opened(settings) as appliance:
        model = await sets.drop(appliance.db, name)
        await note(appliance, "model.drop", model)
        return model
