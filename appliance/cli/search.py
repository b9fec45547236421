"""``scene-sense search TEXT``: the pictures that fit a description, here or on a server."""

from typing import Annotated
from uuid import UUID

import typer

from appliance.cli.context import JsonOption, print_json, run
from appliance.cli.library import Question
from appliance.cli.narrowing import (
    AlbumOption,
    CameraOption,
    FavouriteOption,
    FirstDayOption,
    FolderOption,
    LastDayOption,
    RatingOption,
    TagOption,
    TypeOption,
    UndatedOption,
    narrowed,
)
from appliance.cli.reach import KeyOption, Reach, ServerOption, UserOption, open_library, reach
from appliance.cli.table import table
from appliance.cli.views import AnswerView
from appliance.clip.encoder import TowerName
from appliance.db.assets import MAX_LIMIT
from appliance.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("search")(search_command)


def search_command(
    context: typer.Context,
    *,
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="What the picture shows.", show_default=False)
    ] = None,
    like: Annotated[
        UUID | None,
        typer.Option(metavar="ID", help="Find what looks like this asset.", show_default=False),
    ] = None,
    folder: FolderOption = "",
    tag: TagOption = None,
    first: FirstDayOption = None,
    last: LastDayOption = None,
    kind: TypeOption = None,
    album: AlbumOption = None,
    favourite: FavouriteOption = False,
    rating: RatingOption = None,
    camera: CameraOption = None,
    undated: UndatedOption = False,
    limit: Annotated[int, typer.Option(min=1, max=MAX_LIMIT, help="How many at most.")] = 20,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find pictures by describing them. With --like also, or instead, by what they look like."""
    words = (text or "").strip() or None
    if words is None and like is None:
        raise UsageError("Say what to look for, or name an asset with --like.")
    question = Question(
        text=words,
        like=like,
        where=narrowed(
            folder=folder,
            tag=tag,
            first=first,
            last=last,
            kind=kind,
            album=album,
            favourite=favourite,
            rating=rating,
            camera=camera,
            undated=undated,
        ),
        limit=limit,
    )
    _print(run(_search(question, reach(context, server=server, key=key, user=user))), as_json=as_json)


def _print(answer: AnswerView, *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    for line in lines(answer):
        typer.echo(line)
    if not answer.items:
        typer.echo("nothing found", err=True)


async def _search(question: Question, to: Reach) -> AnswerView:
    towers: frozenset[TowerName] = frozenset({"text"}) if question.text else frozenset()
    async with open_library(to, towers=towers) as library:
        return await library.search(question)


def lines(answer: AnswerView) -> list[str]:
    """The hits as people read them, best first; the path of the original where it is on this machine."""
    return table(
        [
            (
                f"{hit.score:.3f}",
                str(hit.id),
                hit.asset.filename,
                hit.asset.folder or "",
                str(hit.asset.path or ""),
            )
            for hit in answer.items
        ]
    )
