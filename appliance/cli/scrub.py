"""``scene-sense scrub``: read originals again, and say which are not what was taken in.

Told to stop (SIGTERM, Ctrl-C), a run keeps what it has, prints its report, and then ends by that signal: service
managers take it as a clean end, and a shell sees 143 or 130. A second signal ends it at once.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from appliance.cli.context import Progress, bytes_text, print_json, run, settings_of
from appliance.errors import UsageError
from appliance.library.appliance import open_appliance
from appliance.library.scrub import read_report, scrub
from appliance.records.scrub import Check, Ended, Finding, Outcome, ScrubReport
from appliance.settings import Settings

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("scrub")(scrub_command)


def scrub_command(
    context: typer.Context,
    *,
    minutes: Annotated[
        float | None,
        typer.Option(min=0.01, help="How long to read, instead of SCRUB_MINUTES.", show_default=False),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Read the whole library, however long it takes.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Check only what is known to be bad, after it was mended.")
    ] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Read nothing; list what is known to be bad.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Read originals again and compare their hashes; deletes and changes none. Ends with 1 if some are bad.

    Those that were never checked come first, then the longest unchecked; the next run goes on from there.
    """
    if sum((minutes is not None, everything, report)) > 1 or (again and report):
        raise UsageError("--minutes and --all exclude each other, and --report stands alone")
    settings = settings_of(context)
    limit = None if everything else minutes or settings.scrub_minutes
    stop = _Stop()
    quiet = json or not sys.stderr.isatty()
    # What is found is told here, line by line, and need not be logged as well.
    done = run(
        _report(settings) if report else _scrub(settings, limit, again=again, stop=stop, quiet=quiet),
        log_level="error",
    )
    if json:
        print_json(done)
    else:
        for line in lines(done, settings.storage_path):
            typer.echo(line)
    if stop.by is not None:
        _end_by(stop.by)
    if done.bad:
        raise typer.Exit(1)


async def _report(settings: Settings) -> ScrubReport:
    async with open_appliance(settings, towers=frozenset(), decoder_processes=0, pool_size=2) as appliance:
        return await read_report(appliance.db)


async def _scrub(
    settings: Settings, minutes: float | None, *, again: bool, stop: "_Stop", quiet: bool
) -> ScrubReport:
    async with open_appliance(settings, towers=frozenset(), decoder_processes=0, pool_size=2) as appliance:
        with stop.listening(), Progress("Checked", quiet=quiet) as progress:

            def tell(check: Check) -> None:
                if check.found.outcome is not Outcome.OK:
                    progress.note(f"{check.found.outcome:10} {check.expected.id} {check.expected.filename}")
                progress.advance()

            return await scrub(
                db=appliance.db,
                store=appliance.store,
                minutes=minutes,
                again=again,
                stop=stop.event,
                tell=tell,
            )


@dataclass(slots=True)
class _Stop:
    """Whether a signal asked the run to stop, and which."""

    event: Event = field(default_factory=Event)
    by: signal.Signals | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Meanwhile the first signal only asks; the next one does what it usually does."""
        loop = asyncio.get_running_loop()

        def ask(number: signal.Signals) -> None:
            self.by = number
            self.event.set()
            for each in _SIGNALS:
                loop.remove_signal_handler(each)

        for number in _SIGNALS:
            loop.add_signal_handler(number, ask, number)
        try:
            yield
        finally:
            for number in _SIGNALS:
                loop.remove_signal_handler(number)


def _end_by(number: signal.Signals) -> None:
    sys.stdout.flush()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def lines(report: ScrubReport, root: Path) -> list[str]:
    """The report as people read it, with what to do; originals are below ``root``."""
    said = [line for finding in report.findings for line in _finding(finding)]
    if report.bad > len(report.findings):
        said.append(f"and {report.bad - len(report.findings)} more")
    said += _remedies({finding.outcome for finding in report.findings}, root)
    if report.ended is not None:
        end = " until it was stopped" if report.ended is Ended.STOPPED else ""
        said.append(
            f"{report.checked} originals checked, {bytes_text(report.bytes)} in {report.seconds:.0f} s{end}"
        )
    said.append(f"{report.bad} of {report.assets} originals are known to be bad")
    if report.unchecked:
        said.append(f"{report.unchecked} were never checked so far; a run goes on where the last one stopped")
    elif report.whole_since is not None:
        said.append(f"every original was checked since {report.whole_since:%Y-%m-%d %H:%M} UTC")
    return said


def _finding(finding: Finding) -> list[str]:
    said = [f"{finding.outcome:10} {finding.id} {finding.filename} (of {finding.owner})"]
    if finding.found_sha256 is not None:
        said.append(f"           sha256 {finding.found_sha256}, not {finding.expected_sha256}")
    elif finding.found_bytes is not None:
        said.append(f"           {finding.found_bytes} bytes, not {finding.expected_bytes}")
    said.append(f"           was good on {finding.good_at:%Y-%m-%d %H:%M} UTC")
    return said


def _remedies(outcomes: set[Outcome], root: Path) -> list[str]:
    place = f"{root}/<id>/<name>"
    remedies = {
        Outcome.MISSING: f"put the file back from a backup as {place}, or add the same file again",
        Outcome.DAMAGED: f"put a good copy from a backup in its place, {place}; or move the damaged file out of "
        "its folder, and add the same file again",
        Outcome.UNREADABLE: "see what the kernel says of the disk, and who may read the file; "
        "then do as with a damaged one",
    }
    said = [f"{outcome}: {text}" for outcome, text in remedies.items() if outcome in outcomes]
    return [*said, "then `scene-sense scrub --again` checks these, and only these"] if said else []
