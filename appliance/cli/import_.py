"""``scene-sense import PATH…``: pictures of this machine into the library, here or on a server."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from pydantic_core import to_json

from appliance.cli.collect import Found, collect
from appliance.cli.context import Progress, run
from appliance.cli.library import Wish
from appliance.cli.outcome import Outcome, Report, Status
from appliance.cli.reach import KeyOption, Reach, ServerOption, UserOption, open_library, reach
from appliance.cli.sending import Plan, send
from appliance.cores import cores
from appliance.library.naming import folder_path, tag_names
from appliance.library.ttl import parse_ttl

#: How many files are under way to a server at a time, when nothing is said.
_JOBS_OVER_HTTP = 4

#: How long a server may be away in the middle of an import, seconds.
_PATIENCE_SECONDS = 120.0

#: What is worth a line by itself; the rest is counted.
_WORTH_A_LINE = frozenset({Status.SKIPPED, Status.REJECTED, Status.FAILED})


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("import")(import_command)


def import_command(
    context: typer.Context,
    *,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Files, folders with all below them, or patterns.")
    ],
    folder: Annotated[
        str, typer.Option(help="Folder of the library to put them in.", show_default=False)
    ] = "",
    keep_folders: Annotated[
        bool, typer.Option("--keep-folders", help="Make the folders below PATH in the library too.")
    ] = False,
    tag: Annotated[
        list[str] | None, typer.Option(help="Tag to put on new ones; repeatable.", show_default=False)
    ] = None,
    ttl: Annotated[
        str | None,
        typer.Option(
            help="How long new ones live: 30m, 12h, 7d, 2w; for ever if left out.", show_default=False
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="How many at a time.", show_default="cores, or 4 over HTTP"),
    ] = None,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="A line of JSON for each file, and a last one for all.")
    ] = False,
) -> None:
    """Import pictures. What the library has already is not sent again, so an import may be repeated.

    Hidden files are passed over, links are followed. A file that the library has stays as it is there; one in
    its trash comes back. Ends with 1 if a picture could not be taken in.
    """
    wish = Wish(folder=folder_path(folder), tags=tag_names(tag or []), ttl=ttl)
    if ttl is not None:
        parse_ttl(ttl)
    to = reach(context, server=server, key=key, user=user)
    jobs = jobs or (_JOBS_OVER_HTTP if to.server else cores())
    plan = Plan(wish=wish, keep_folders=keep_folders, dry_run=dry_run, jobs=jobs)
    report = run(_import(collect(paths, besides=_own_folders(to)), to, plan, as_json=as_json))
    if not report.ok:
        raise typer.Exit(1)


def _own_folders(to: Reach) -> list[Path]:
    settings = to.settings
    return [settings.data_path, settings.storage_path, settings.cache_path] if settings else []


async def _import(found: list[Found], to: Reach, plan: Plan, *, as_json: bool) -> Report:
    report = Report(files=len(found), dry_run=plan.dry_run)
    began = time.monotonic()
    try:
        async with open_library(
            to, jobs=0 if plan.dry_run else plan.jobs, patience_seconds=_PATIENCE_SECONDS
        ) as library:
            with Progress("Imported", total=len(found), quiet=as_json or plan.dry_run) as progress:

                def tell(outcome: Outcome) -> None:
                    report.add(outcome)
                    _say(outcome, progress, plan=plan, as_json=as_json)
                    progress.advance()

                await send(found, library, plan, tell=tell)
    finally:
        # Also when it is interrupted or the server is gone: what was told holds.
        report.seconds = time.monotonic() - began
        if as_json:
            _print_line(report.as_json())
        elif report.counts or not sys.exc_info()[0]:
            typer.echo(report.line())
            if report.left:
                typer.echo("Run the same again to go on.", err=True)
    return report


def _say(outcome: Outcome, progress: Progress, *, plan: Plan, as_json: bool) -> None:
    if as_json:
        _print_line(outcome.as_json())
    elif plan.dry_run:
        typer.echo(outcome.line())
    elif outcome.status in _WORTH_A_LINE:
        progress.note(outcome.line())


def _print_line(value: object) -> None:
    typer.echo(to_json(value).decode())
