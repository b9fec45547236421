"""``scene-sense purge``: delete for good what has been in the trash long enough."""

from datetime import timedelta
from typing import Annotated

import typer

from appliance.cli.context import bytes_text, print_json, run, settings_of
from appliance.clock import now
from appliance.library.appliance import open_appliance
from appliance.library.expiry import purge
from appliance.library.fuse import release_open
from appliance.records.expiry import PurgeReport
from appliance.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("purge")(purge_command)


def purge_command(
    context: typer.Context,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be deleted.")] = False,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="Most assets to delete, instead of PURGE_LIMIT.", show_default=False),
    ] = None,
    accept_clock: Annotated[
        bool, typer.Option("--accept-clock", help="Believe the clock although it jumped.")
    ] = False,
    release: Annotated[
        bool, typer.Option("--release", help="Agree to what a purge stopped to ask about, and go on.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Delete for good what has been in the trash for TRASH_DAYS. This can't be undone; try --dry-run first."""
    settings = settings_of(context)
    report = run(
        _purge(
            settings,
            dry_run=dry_run,
            limit=limit or settings.purge_limit,
            accept_clock=accept_clock,
            agreed=release,
        )
    )
    if json:
        print_json(report)
    else:
        for line in lines(report):
            typer.echo(line)
    if report.stuck or (report.asks and not dry_run):
        raise typer.Exit(1)


async def _purge(
    settings: Settings, *, dry_run: bool, limit: int, accept_clock: bool, agreed: bool
) -> PurgeReport:
    async with open_appliance(settings, towers=frozenset(), decoder_processes=0, pool_size=2) as appliance:
        if agreed and not dry_run:
            await release_open(appliance.db)
        return await purge(
            db=appliance.db,
            store=appliance.store,
            cache=appliance.cache,
            trash=timedelta(days=settings.trash_days),
            limit=limit,
            now=now(),
            ask_above=settings.purge_ask_above,
            dry_run=dry_run,
            accept_clock=accept_clock,
        )


def lines(report: PurgeReport) -> list[str]:
    """The report as people read it."""
    said = [f"{asset.reason:8} {asset.id} {asset.filename}" for asset in report.assets]
    verb = "would be deleted" if report.dry_run else "deleted"
    said.append(f"{report.purged} assets {verb}, {bytes_text(report.bytes)}")
    if report.resumed:
        said.append(f"{report.resumed} of them were begun by an earlier run")
    if report.remaining and not report.asks:
        said.append(f"{report.remaining} more are due; run again, or raise PURGE_LIMIT")
    if report.asks:
        said.append(
            "unusually much is due that nobody emptied out of their trash, so a purge stops and asks; look with"
            " --dry-run, then agree with --release, or restore"
        )
    said += [f"can't be removed: {asset}" for asset in report.stuck]
    return said
