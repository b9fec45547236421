"""``scene-sense doctor``: what is wrong, and what mends it."""

import os
import sys
from enum import StrEnum
from typing import Annotated

import typer

from appliance.cli.context import JsonOption, print_json, run, settings_of
from appliance.cli.table import printable
from appliance.library.doctor import examine
from appliance.library.provider_walk import walk_to_provider
from appliance.library.quantities import counted
from appliance.records.doctor import Examination, Finding, Level


class Part(StrEnum):
    """What else than the whole installation can be looked at."""

    OIDC = "oidc"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(doctor)


def doctor(
    context: typer.Context,
    part: Annotated[
        Part | None,
        typer.Argument(help="`oidc`: ask the running server to walk the way to the identity provider."),
    ] = None,
    before_start: Annotated[
        bool,
        typer.Option("--before-start", help="Only what has to be right before the services run."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Look at everything that can be wrong, and say what mends it; changes nothing. Ends with 1 on a failure."""
    if part is Part.OIDC and before_start:
        raise typer.BadParameter("the way to the identity provider is walked by the running server.")

    async def work() -> int:
        if part is Part.OIDC:
            found = await walk_to_provider(settings_of(context))
        else:
            found = await examine(lambda: settings_of(context), before_start=before_start)
        code = 1 if found.count(Level.FAILURE) else 0
        if as_json:
            print_json(body(found))
        else:
            for line in lines(found):
                typer.echo(line)
        if found.abandoned:
            # Something hangs, and an orderly end would wait for it.
            sys.stdout.flush()
            os._exit(code)
        return code

    code = run(work(), log_level="error")
    if code:
        raise typer.Exit(code)


def body(found: Examination) -> dict[str, object]:
    """The examination for programs."""
    return {
        "ok": not found.count(Level.FAILURE),
        "failures": found.count(Level.FAILURE),
        "warnings": found.count(Level.WARNING),
        "findings": found.findings,
    }


def lines(found: Examination) -> list[str]:
    """The examination for people: a line for each finding, what mends it below, and a summary."""
    width = max(len(finding.name) for finding in found.findings)
    said = [line for finding in found.findings for line in _said(finding, width)]
    return [*said, "", _summary(found)]


def _said(finding: Finding, width: int) -> list[str]:
    line = f"{finding.level:8} {finding.name:{width}}  {printable(finding.text)}"
    return [line, f"{'':8} -> {printable(finding.remedy)}"] if finding.remedy else [line]


def _summary(found: Examination) -> str:
    failures, warnings = found.count(Level.FAILURE), found.count(Level.WARNING)
    if not failures and not warnings:
        return "All is well."
    counts = [(failures, "failure"), (warnings, "warning")]
    return ", ".join(counted(count, what) for count, what in counts if count) + "."
