"""``scene-sense model compare A B``: what two models find for the same words, side by side."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from appliance.cli.context import JsonOption, print_json, run, settings_of
from appliance.cli.key import account_of
from appliance.cli.reach import UserOption
from appliance.cli.table import printable, table
from appliance.clip.encoder import TowerName
from appliance.errors import UsageError
from appliance.library.accounts import viewer_of
from appliance.library.appliance import open_appliance
from appliance.library.compare import MAX_ROWS, compare
from appliance.records.search import Comparison, SearchHit
from appliance.settings import Settings

_TEXT: frozenset[TowerName] = frozenset({"text"})


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("compare")(compare_command)


def compare_command(
    context: typer.Context,
    one: Annotated[str, typer.Argument(metavar="A", help="A model with a set.", show_default=False)],
    other: Annotated[str, typer.Argument(metavar="B", help="Another one.", show_default=False)],
    queries: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="QUERY...", help="What to look for; else the saved searches.", show_default=False
        ),
    ] = None,
    *,
    file: Annotated[
        Path | None, typer.Option("--queries", help="File with queries, one a line.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_ROWS, help="How many rows of each.")] = 10,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what two models find for the same words, as one person searches; `=` marks what both found."""
    wanted = [*(queries or ()), *(_read(file) if file else ())]
    found = run(_compare(settings_of(context), user, (one, other), wanted, limit))
    if as_json:
        print_json([_as_json(comparison, one, other) for comparison in found])
        return
    for comparison in found:
        for line in lines(comparison, one, other):
            typer.echo(line)
    shared = sum(comparison.shared for comparison in found)
    shown = sum(max(len(comparison.one), len(comparison.other)) for comparison in found)
    typer.echo(f"both found {shared} of {shown}", err=True)


def _read(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} can't be read: {error}.") from error


async def _compare(
    settings: Settings, user: str | None, names: tuple[str, str], queries: list[str], limit: int
) -> tuple[Comparison, ...]:
    async with open_appliance(settings, towers=_TEXT, decoder_processes=0, pool_size=2) as appliance:
        account = await account_of(appliance.db, user)
        viewer = viewer_of(account, admin_sees_all=settings.admin_sees_all)
        return await compare(appliance.db, appliance.models, viewer, names, queries, limit=limit)


def lines(comparison: Comparison, one: str, other: str) -> list[str]:
    """One query's rows, the two models beside each other."""
    left = {hit.asset.id for hit in comparison.one}
    right = {hit.asset.id for hit in comparison.other}
    rows = [["", "", one, "", other]]
    for number in range(max(len(comparison.one), len(comparison.other))):
        rows.append(
            [
                f"{number + 1:3}",
                *_cells(comparison.one, number, right),
                *_cells(comparison.other, number, left),
            ]
        )
    return [printable(comparison.query), *table(rows), ""]


def _cells(hits: tuple[SearchHit, ...], number: int, others: set[UUID]) -> list[str]:
    if number >= len(hits):
        return ["", ""]
    hit = hits[number]
    return ["=" if hit.asset.id in others else " ", f"{hit.score or 0:.3f} {hit.asset.filename}"]


def _as_json(comparison: Comparison, one: str, other: str) -> dict[str, object]:
    return {
        "query": comparison.query,
        "shared": comparison.shared,
        "found": {
            one: [_hit(hit) for hit in comparison.one],
            other: [_hit(hit) for hit in comparison.other],
        },
    }


def _hit(hit: SearchHit) -> dict[str, object]:
    return {"id": hit.asset.id, "filename": hit.asset.filename, "score": hit.score}
