"""``scene-sense model switch NAME``: let another model answer searches."""

import typer

from appliance.cli.context import JsonOption, run, settings_of
from appliance.cli.model.common import AnywayOption, NameArgument, note, opened, say
from appliance.library import sets
from appliance.records.models import Model
from appliance.settings import Settings


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("switch")(switch)


def switch(
    context: typer.Context, name: NameArgument, *, anyway: AnywayOption = False, as_json: JsonOption = False
) -> None:
    """Let this model answer from now on; a running server follows within seconds. `undo` goes back."""
    model = run(_switch(settings_of(context), name, anyway=anyway))
    say(model, "answers searches now; `scene-sense model undo` goes back.", as_json=as_json)


async def _switch(settings: Settings, name: str, *, anyway: bool) -> Model:
    async with opened(settings) as appliance:
        model = await sets.switch(appliance.db, appliance.queue, name, anyway=anyway)
        await note(appliance, "model.switch", model)
        return model
