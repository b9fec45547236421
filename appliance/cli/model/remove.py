"""``scene-sense model remove NAME``: delete a model's files."""

from typing import Annotated

import typer

from appliance.cli.context import JsonOption, bytes_text, print_json, run, settings_of
from appliance.cli.model.common import NameArgument
from appliance.cli.table import printable
from appliance.errors import DatabaseUnavailable
from appliance.library.shelf.known import find_sets
from appliance.library.shelf.remove import remove as remove_model


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("remove")(remove)


def remove(
    context: typer.Context,
    name: NameArgument,
    *,
    unasked: Annotated[
        bool, typer.Option("--unasked", help="Although the library can't be asked whether it uses it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete a model's files, and what an interrupted download of it left; refused while the library uses it."""
    settings = settings_of(context)
    sets = run(find_sets(settings))
    if sets is None and not unasked:
        raise DatabaseUnavailable(
            f"The library can't be asked whether it uses {name}; start its database, or say --unasked."
        )
    freed = remove_model(name, settings, sets or ())
    if as_json:
        print_json({"name": name, "freed_bytes": freed})
    else:
        typer.echo(f"{printable(name)} is gone; {bytes_text(freed)} are free again.")
