"""``scene-sense model list``: the models of this machine, and what each is to the library."""

from typing import Annotated

import typer

from appliance.cli.context import JsonOption, bytes_text, print_json, run, settings_of
from appliance.cli.model.common import languages_text, progress_text
from appliance.cli.table import printable, table
from appliance.errors import SceneSenseError
from appliance.library.shelf.known import find_sets
from appliance.library.shelf.listing import list_shelf
from appliance.library.shelf.speed import measure_speed, read_speeds, write_speeds
from appliance.records.shelf import Listed, Speed
from appliance.settings import Settings


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("list")(list_models)


def list_models(
    context: typer.Context,
    *,
    speed: Annotated[
        bool, typer.Option("--speed", help="Measure how fast each is here; some seconds for each.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the models that are here, also those that can't be used, and how full their sets are."""
    settings = settings_of(context)
    sets = run(find_sets(settings))
    speeds = read_speeds(settings)
    found = list_shelf(settings, sets, speeds)
    if speed:
        speeds |= _measured(settings, found)
        found = list_shelf(settings, sets, speeds)
    if as_json:
        print_json(found)
        return
    for line in lines(found):
        typer.echo(line)
    if sets is None:
        typer.echo("The library can't be asked now, so that which model is active isn't shown.", err=True)


def lines(found: tuple[Listed, ...]) -> list[str]:
    """The models as people read them."""
    head = ("MODEL", "STATE", "SET", "NUMBERS", "PRECISION", "LANGUAGES", "SIZE", "SPEED HERE", "LICENCE")
    said = table([head, *(_row(item) for item in found)])
    return said + [f"{printable(item.name)}: {printable(item.problem)}" for item in found if item.problem]


def _row(item: Listed) -> tuple[str, ...]:
    return (
        item.name,
        f"{item.state} (can't be used)".strip() if item.problem else item.state,
        progress_text(item.set) if item.set else "",
        str(item.dimension or "?"),
        item.precision,
        languages_text(item.languages),
        bytes_text(item.bytes),
        _speed_text(item.speed),
        item.licence,
    )


def _speed_text(speed: Speed | None) -> str:
    if speed is None:
        return ""
    provider = speed.provider.removesuffix("ExecutionProvider")
    return f"{speed.images_per_second:.1f} pictures/s, {speed.text_ms:.0f} ms a text, {provider}"


def _measured(settings: Settings, found: tuple[Listed, ...]) -> dict[str, Speed]:
    measured = {}
    for item in found:
        if item.problem:
            continue
        try:
            measured[item.name] = measure_speed(item.name, settings)
        except SceneSenseError as error:
            typer.echo(f"{printable(item.name)}: {printable(error.message)}", err=True)
    try:
        write_speeds(settings, read_speeds(settings) | measured)
    except OSError as error:
        typer.echo(f"The figures can't be kept: {error.filename}: {error.strerror}", err=True)
    return measured
