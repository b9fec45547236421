"""``scene-sense model verify [NAME…]``: look at every byte of models again, and use them once."""

from typing import Annotated

import typer

from appliance.cli.context import JsonOption, print_json, run, settings_of
from appliance.cli.table import printable
from appliance.library.shelf.known import find_sets
from appliance.library.shelf.verify import names_to_verify
from appliance.library.shelf.verify import verify as verify_model


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("verify")(verify)


def verify(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="All of them if left out.", show_default=False),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Hash models again and compare them with what they were; ends with 1 when one is not what it should be."""
    settings = settings_of(context)
    wanted = names_to_verify(names or [], settings)
    sets = run(find_sets(settings))
    if sets is None and not as_json:
        typer.echo("The library can't be asked now; files are compared with their own notes only.", err=True)
    found = []
    for name in wanted:
        report = verify_model(name, settings, sets)
        found.append(report)
        if as_json:
            continue
        verdict = "not as it should be" if report.problems else "as it should be"
        typer.echo(f"{printable(name)}: {verdict} ({'; '.join(report.compared_with)})")
        typer.echo(f"  identity {report.identity}")
        for problem in report.problems:
            typer.echo(f"  {printable(problem)}")
    if as_json:
        print_json(found)
    if any(report.problems for report in found):
        raise typer.Exit(1)
