"""``scene-sense model fill NAME``: make vectors by another model in the background, while the present one answers."""

import asyncio
from typing import Annotated

import typer

from appliance.cli.context import JsonOption, Progress, print_json, run, settings_of
from appliance.cli.model.common import NameArgument, note, opened, progress_text
from appliance.errors import NotFound
from appliance.library import sets
from appliance.records.models import Model, SetState, SetStatus
from appliance.settings import Settings

#: How often the waiting command looks, seconds.
_LOOK_SECONDS = 1.0


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("fill")(fill)


def fill(
    context: typer.Context,
    name: NameArgument,
    *,
    unmeasured: Annotated[
        bool, typer.Option("--unmeasured", help="Also a model in 8 bits or less that was never compared.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until the set is full.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a vector of every picture by this model too, in the background; goes on with a set that was paused."""
    settings = settings_of(context)
    model, status = run(_fill(settings, name, unmeasured=unmeasured, wait=wait, quiet=as_json))
    if as_json:
        print_json({**_as_json(status), "identity": model.identity})
        return
    typer.echo(f"{model.name}: {progress_text(status)}")
    if status.model.state is SetState.FILLING:
        typer.echo(
            "`scene-sense model list` shows how far it is; searches go on with the present model.", err=True
        )


async def _fill(
    settings: Settings, name: str, *, unmeasured: bool, wait: bool, quiet: bool
) -> tuple[Model, SetStatus]:
    async with opened(settings) as appliance:
        model = await sets.fill(appliance.db, appliance.queue, settings, name, unmeasured=unmeasured)
        await note(appliance, "model.fill", model)
        with Progress("Pictures", quiet=quiet or not wait) as progress:
            while True:
                status = await _status(await sets.status(appliance.db), model)
                progress.total = status.assets
                progress.advance(max(0, status.vectors - progress.done))
                if not wait or (status.model.state is not SetState.FILLING and not status.waiting):
                    return model, status
                await asyncio.sleep(_LOOK_SECONDS)
                await sets.settle(appliance.db)


async def _status(found: tuple[SetStatus, ...], model: Model) -> SetStatus:
    for status in found:
        if status.model.id == model.id:
            return status
    raise NotFound(f"The set of {model.name} was dropped meanwhile.")


def _as_json(status: SetStatus) -> dict[str, object]:
    return {
        "name": status.model.name,
        "state": status.model.state,
        "vectors": status.vectors,
        "assets": status.assets,
        "waiting": status.waiting,
        "failed": status.failed,
        "seconds_left": status.seconds_left,
    }
