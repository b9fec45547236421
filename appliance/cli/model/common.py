"""What the verbs on sets share: an open library without the model, and a note in the audit log."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from appliance.cli.context import print_json
from appliance.cli.table import printable
from appliance.db import audit
from appliance.library.appliance import Appliance, open_appliance
from appliance.records.models import Model, SetStatus
from appliance.settings import Settings

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The model's name.", show_default=False)]
AnywayOption = Annotated[
    bool, typer.Option("--anyway", help="Also when it lacks pictures, which are not found until it has them.")
]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Appliance]:
    """The library, with no model loaded."""
    async with open_appliance(settings, towers=frozenset(), decoder_processes=0, pool_size=2) as appliance:
        yield appliance


async def note(appliance: Appliance, action: str, model: Model) -> None:
    """Put into the audit log that somebody with a shell did this."""
    await audit.record(appliance.db, action=action, object=model.name, reason="command line")


def say(model: Model, text: str, *, as_json: bool) -> None:
    """What became of the model, as a line or as JSON."""
    if as_json:
        print_json({"name": model.name, "identity": model.identity, "state": model.state})
    else:
        typer.echo(f"{printable(model.name)} {text}")


def progress_text(status: SetStatus) -> str:
    """How full a set is, in a few words."""
    if status.waiting == 0:
        return f"{status.vectors} of {status.assets} pictures" + (
            f", {status.failed} failed" if status.failed else ""
        )
    left = status.seconds_left
    time = "nothing done lately: does a worker run?" if left is None else f"about {_duration(left)} left"
    return f"{status.vectors} of {status.assets} pictures, {status.coverage:.0%}, {time}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"


def languages_text(codes: Sequence[str]) -> str:
    """A few languages by their codes, many by their number."""
    return ", ".join(codes) if len(codes) <= 4 else f"{len(codes)} languages"
