"""``scene-sense sweep``: mend what crashes and lost messages left behind."""

from typing import Annotated

import typer

from appliance.cli.context import print_json, run, settings_of
from appliance.library.appliance import open_appliance
from appliance.library.sweep import sweep
from appliance.records.expiry import SweepReport
from appliance.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("sweep")(sweep_command)


def sweep_command(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    files: Annotated[
        bool, typer.Option("--files", help="Compare the volume with the database now, not once a day.")
    ] = False,
    accept_clock: Annotated[
        bool, typer.Option("--accept-clock", help="Believe the clock although it jumped.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Mend what crashes left: lost jobs, uploads cut off, expired assets, workers not woken. Safe at any time."""
    settings = settings_of(context)
    report = run(_sweep(settings, dry_run=dry_run, check_files=files, accept_clock=accept_clock))
    if json:
        print_json(report)
    else:
        for line in lines(report):
            typer.echo(line)
    if report.warnings:
        raise typer.Exit(1)


async def _sweep(settings: Settings, *, dry_run: bool, check_files: bool, accept_clock: bool) -> SweepReport:
    async with open_appliance(settings, towers=frozenset(), decoder_processes=0, pool_size=2) as appliance:
        return await sweep(appliance, dry_run=dry_run, check_files=check_files, accept_clock=accept_clock)


def lines(report: SweepReport) -> list[str]:
    """The report as people read it; one line when there was nothing to do."""
    counts = {
        "jobs of lost workers wait again": report.leases_released,
        "jobs of lost workers given up": report.leases_failed,
        "expired assets moved to the trash": report.expired,
        "interrupted uploads finished": report.uploads_finished,
        "interrupted uploads dropped": report.uploads_dropped,
        "stale part files removed": report.parts_removed,
        "missing jobs added": report.jobs_added,
        "deleted accounts without assets removed": report.accounts_removed,
    }
    said = [f"{number} {what}" for what, number in counts.items() if number]
    if report.index_built:
        said.append("search index built")
    if report.woken:
        said.append("work waits; a worker was woken")
    said += [f"orphan folder: {orphan}" for orphan in report.orphans]
    said += [f"file missing: asset {asset}" for asset in report.missing]
    said += [f"warning: {warning}" for warning in report.warnings]
    prefix = "would be done: " if report.dry_run else ""
    return [f"{prefix}{line}" for line in said] or ["Nothing to do."]
