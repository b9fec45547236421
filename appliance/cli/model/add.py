"""``scene-sense model add SOURCE``: put a model where the appliance finds it, from a folder, archive or address."""

import sys
from types import TracebackType
from typing import Annotated, Self

import typer

from appliance.cli.context import JsonOption, Progress, bytes_text, print_json, settings_of
from appliance.cli.model.common import languages_text
from appliance.cli.table import printable
from appliance.errors import UsageError
from appliance.library.shelf.add import add as add_model
from appliance.library.shelf.sources import find_source
from appliance.records.shelf import Added, Delivery


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("add")(add)


def add(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A folder, an archive, the address of one, or a preset that `model recommend --all` lists.",
            show_default=False,
        ),
    ],
    *,
    name: Annotated[
        str | None, typer.Option(help="What it is called here.", show_default="as its source")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(metavar="HEX", help="What the archive's must be.", show_default=False)
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="URL",
            help="Address of a preset's folder, if not the usual.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Fetch without asking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Add a model. Only an address or a preset is fetched over the network; an interrupted one goes on from there."""
    settings = settings_of(context)
    found = find_source(source, base=base, sha256=sha256)
    with _Watcher(yes=yes, quiet=as_json) as watcher:
        added = add_model(found, settings, watcher=watcher, name=name)
    if as_json:
        print_json(added)
    else:
        _say(added)


def _say(added: Added) -> None:
    name = printable(added.name)
    if added.already_there:
        typer.echo(f"{name} is there already, the same to the byte.")
        return
    said = [f"{added.dimension} numbers", added.precision, languages_text(added.languages), added.licence]
    typer.echo(
        f"{name}: {', '.join(part for part in said if part)}; {bytes_text(added.bytes)} in {added.path}"
    )
    typer.echo(f"identity {added.identity}")
    typer.echo(f"`scene-sense model fill {name}` makes its vectors; searches go on meanwhile.", err=True)


class _Watcher:
    """Shows each step, and asks before anything is fetched."""

    def __init__(self, *, yes: bool, quiet: bool) -> None:
        self._yes, self._quiet = yes, quiet
        self._progress: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def agrees(self, delivery: Delivery) -> bool:
        if not (self._quiet and self._yes):
            for address, size in delivery.files:
                typer.echo(f"{printable(address)}  {'?' if size is None else bytes_text(size)}", err=True)
            typer.echo(_sum(delivery), err=True)
        if self._yes:
            return True
        if not sys.stdin.isatty():
            raise UsageError("Nothing was fetched; where nobody can be asked, say --yes.")
        return typer.confirm("Fetch this?", err=True)

    def begin(self, what: str, total_bytes: int | None) -> None:
        self._end()
        self._progress = Progress(what, total=total_bytes, quiet=self._quiet, as_bytes=True)

    def advance(self, count: int) -> None:
        if self._progress is not None:
            self._progress.advance(count)

    def _end(self) -> None:
        if self._progress is not None:
            self._progress.__exit__(None, None, None)
            self._progress = None


def _sum(delivery: Delivery) -> str:
    total = delivery.total_bytes
    said = (
        f"{printable(delivery.name)}: {'an unknown amount' if total is None else bytes_text(total)} to fetch"
    )
    if delivery.here_bytes:
        said += f", of which {bytes_text(delivery.here_bytes)} are here already"
    return said + (f"; licence: {delivery.licence}" if delivery.licence else "")
