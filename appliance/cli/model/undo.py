"""``scene-sense model undo``: go back to the model that answered before."""

import typer

from appliance.cli.context import JsonOption, run, settings_of
from appliance.cli.model.common import AnywayOption, note, opened, say
from appliance.library import sets
from appliance.records.models import Model
from appliance.settings import Settings


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("undo")(undo)


def undo(context: typer.Context, *, anyway: AnywayOption = False, as_json: JsonOption = False) -> None:
    """Let the model that answered before answer again."""
    model = run(_undo(settings_of(context), anyway=anyway))
    say(model, "answers searches again.", as_json=as_json)


async def _undo(settings: Settings, *, anyway: bool) -> Model:
    async with opened(settings) as appliance:
        model = await sets.undo(appliance.db, appliance.queue, anyway=anyway)
        await note(appliance, "model.undo", model)
        return model
