"""What every verb of the command line shares: its settings, its way to say things, and how it fails.

A failure is one line on stderr and an exit code: 1 for what went wrong, 2 for what was asked wrongly.
"""

import asyncio
import os
import sys
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Annotated, Any, NoReturn, Self, TypeVar
from uuid import UUID

import typer
from pydantic_core import to_json

from appliance import log
from appliance.errors import SceneSenseError, UsageError
from appliance.library import quantities
from appliance.settings import Settings, load

Value = TypeVar("Value")

#: How often progress is said where there is no terminal, seconds.
_PLAIN_SECONDS = 5.0
_TERMINAL_SECONDS = 0.1

bytes_text = quantities.bytes_text


def _folder(text: str) -> Path:
    # An unset variable of a shell script; the folder it happens to be in is not what was meant.
    if not text:
        raise typer.BadParameter("a folder has no empty name.")
    return Path(text)


JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
IdsArgument = Annotated[list[UUID], typer.Argument(metavar="ID", help="Ids of assets.")]

#: These two may stand before the verb, and after ``up``.
DataOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder for everything, instead of DATA_PATH.",
        parser=_folder,
        metavar="<path>",
        show_default=False,
    ),
]
EnvFileOption = Annotated[
    Path | None, typer.Option(help="File with settings, NAME=value each.", show_default=False)
]


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """What was given before the verb."""

    data: Path | None = None
    env_file: Path | None = None


def settings_of(context: typer.Context, *, env_file: Path | None = None, **overrides: Any) -> Settings:
    """The settings of this call; ``overrides`` are names in upper case, None is ignored.

    ``env_file`` is one that was given after the verb.

    Raises:
        SettingsError: everything that is wrong with them.
    """
    options = context.find_object(GlobalOptions) or GlobalOptions()
    data = str(options.data) if options.data else None
    return load(env_file=env_file or options.env_file, **({"DATA_PATH": data} | overrides))


def run(work: Coroutine[Any, Any, Value], *, log_level: str = "warning") -> Value:
    """The result of ``work``; an error that people are told about ends the program with its line."""
    log.configure(os.environ.get("LOG_LEVEL") or log_level)
    try:
        return asyncio.run(work)
    except SceneSenseError as error:
        fail(error)


def fail(error: SceneSenseError) -> NoReturn:
    """Say what went wrong, each line by itself, and end."""
    for line in error.message.splitlines():
        typer.echo(f"scene-sense: {line}", err=True)
    raise typer.Exit(2 if isinstance(error, UsageError) else 1)


def drop_output() -> None:
    """Whoever read our output has gone; what is still said, also by Python while it closes, goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def print_json(value: object) -> None:
    """Records, times, ids and paths as JSON on stdout."""
    typer.echo(to_json(value, indent=2, bytes_mode="base64").decode())


class Progress:
    """How far long work is: one line that is rewritten on a terminal, a plain line now and then elsewhere.

    ``total`` may be unknown (None). Says nothing when ``quiet``, so that ``--json`` stays clean. What is counted are
    items, or bytes if it is said so.
    """

    def __init__(
        self,
        what: str,
        *,
        total: int | None = None,
        quiet: bool = False,
        as_bytes: bool = False,
        stream: IO[str] | None = None,
    ) -> None:
        self._what = what
        self._as_bytes = as_bytes
        self.total = total
        self.done = 0
        self._quiet = quiet
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._started = self._said = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._say()
        if self._terminal and not self._quiet:
            self._stream.write("\n")

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self.done += count
        if time.monotonic() - self._said >= (_TERMINAL_SECONDS if self._terminal else _PLAIN_SECONDS):
            self._say()

    def note(self, line: str) -> None:
        """A line that stays, about one item."""
        if self._quiet:
            return
        self._stream.write(f"\r\x1b[K{line}\n" if self._terminal else f"{line}\n")
        if self._terminal:
            self._say()

    def _say(self) -> None:
        self._said = time.monotonic()
        if self._quiet:
            return
        rate = self.done / max(0.001, self._said - self._started)
        if self._as_bytes:
            of = f" of {bytes_text(self.total)}" if self.total is not None else ""
            text = f"{self._what}: {bytes_text(self.done)}{of} ({bytes_text(round(rate))}/s)"
        else:
            of = f"/{self.total}" if self.total is not None else ""
            text = f"{self._what}: {self.done}{of} ({rate:.1f}/s)"
        self._stream.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        self._stream.flush()
