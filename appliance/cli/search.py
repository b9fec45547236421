"""``scene-sense search QUERY``: the pictures that fit a query, here or on a server."""

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from pydantic_core import to_jsonable_python

from appliance.cli.context import JsonOption, print_json, run
from appliance.cli.copying import Copy, copy_originals, open_folder
from appliance.cli.library import Library, Question
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
from appliance.cli.opening import find_opener, open_files
from appliance.cli.reach import KeyOption, Reach, ServerOption, UserOption, open_library, reach
from appliance.cli.search_lines import found_lines, remarks
from appliance.cli.terminal_pictures import Protocol, draw, protocol_of
from appliance.cli.views import AnswerView, AssetView
from appliance.clip.encoder import TowerName
from appliance.db.assets import MAX_LIMIT
from appliance.errors import SceneSenseError, UsageError
from appliance.library.query_syntax import MAX_WEIGHT, read_query
from appliance.records.search import Strength

#: As on the server.
_LONGEST_QUERY = 10_000

#: More windows than that nobody wants at once.
_MOST_OPENED = 20

#: The renditions that are drawn in a terminal and opened on a desktop.
_SMALL, _LARGE = 240, 1440

_WEIGHTED = re.compile(r"(?:(-?\d{1,3}(?:\.\d{1,6})?)\*)?(.+)")

QueryArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="QUERY",
        help='As in the search box: bike -helmet "old town" tag:holiday year:2020. Put it in quotes; -- before '
        "one that begins with a minus.",
        show_default=False,
    ),
]
MoreOption = Annotated[bool, typer.Option("--more", help="Go on below the end of what fits.")]
CollapseOption = Annotated[bool, typer.Option("--collapse", help="Show near-duplicates once.")]
LimitOption = Annotated[int, typer.Option(min=1, max=MAX_LIMIT, help="How many at most.")]
OpenOption = Annotated[bool, typer.Option("--open", help="Open what was found on the desktop.")]
LikeOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[WEIGHT*]ID",
        help="Find what looks like this asset, or unlike it with a weight such as -0.5; repeatable.",
        show_default=False,
    ),
]
PictureOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Find what looks like this picture; it is not kept.", show_default=False
    ),
]
RightOption = Annotated[
    list[UUID] | None,
    typer.Option(metavar="ID", help="Found before, and what was meant; repeatable.", show_default=False),
]
WrongOption = Annotated[
    list[UUID] | None,
    typer.Option(metavar="ID", help="Found before, and not what was meant; repeatable.", show_default=False),
]
StrengthOption = Annotated[
    Strength, typer.Option(help="How far above chance the last one has to be; `all` ends nowhere.")
]
CopyOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Copy the originals there; nothing is overwritten, and what is there is not copied again.",
        show_default=False,
    ),
]
PicturesOption = Annotated[
    bool | None,
    typer.Option(
        "--pictures/--no-pictures",
        help="Show the pictures, in coloured blocks where the terminal can't do more. If left out: where it can.",
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is done with what was found."""

    as_json: bool
    open_with: str | None
    copy_to: Path | None
    draw_as: Protocol | None


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("search")(search_command)


def search_command(
    context: typer.Context,
    *,
    text: QueryArgument = None,
    like: LikeOption = None,
    picture: PictureOption = None,
    right: RightOption = None,
    wrong: WrongOption = None,
    strength: StrengthOption = Strength.BALANCED,
    more: MoreOption = False,
    collapse: CollapseOption = False,
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
    limit: LimitOption = 20,
    open_them: OpenOption = False,
    copy_to: CopyOption = None,
    pictures: PicturesOption = None,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find pictures by describing them, by what they look like, by what is known of them, or by all at once."""
    where = narrowed(
        folder=folder, tag=tag, first=first, last=last, kind=kind, album=album, favourite=favourite, rating=rating,
        camera=camera, undated=undated,
    )  # fmt: skip
    question = Question(
        text=_checked_text(text or ""), like=tuple(_weighted(each) for each in like or ()),
        picture=_checked_picture(picture), right=tuple(right or ()), wrong=tuple(wrong or ()), where=where,
        limit=limit, strength=strength, beyond=more, collapse=collapse,
    )  # fmt: skip
    if not (question.text or question.like or question.picture or where.said):
        raise UsageError("Say what to look for, or name an asset with --like or a file with --picture.")
    to = reach(context, server=server, key=key, user=user)
    wanted = _wanted(open_them=open_them, copy_to=copy_to, pictures=pictures, as_json=as_json)
    if run(_search(question, to, wanted)):
        raise typer.Exit(1)


def _wanted(*, open_them: bool, copy_to: Path | None, pictures: bool | None, as_json: bool) -> _Wanted:
    """What is to be done, once it is clear that it can be."""
    opener = find_opener() if open_them else None
    if copy_to is not None:
        open_folder(copy_to)
    return _Wanted(as_json, opener, copy_to, None if as_json else _protocol(asked=pictures))


def _checked_text(text: str) -> str:
    if len(text) > _LONGEST_QUERY:
        raise UsageError(f"A query has at most {_LONGEST_QUERY:,} characters.")
    return text.strip()


def _checked_picture(path: Path | None) -> Path | None:
    if path is not None:
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise UsageError(f"{path} can't be read: {(error.strerror or str(error)).lower()}.") from error
    return path


def _weighted(text: str) -> tuple[UUID, float]:
    found = _WEIGHTED.fullmatch(text.strip())
    try:
        asset_id = UUID(found[2] if found else text)
    except ValueError as error:
        raise UsageError(f"--like is the id of an asset (a UUID), not {text!r}.") from error
    weight = float(found[1]) if found and found[1] else 1.0
    if not 0 < abs(weight) <= MAX_WEIGHT:
        raise UsageError(f"A weight of --like is between -{MAX_WEIGHT:g} and {MAX_WEIGHT:g}, and not 0.")
    return asset_id, weight


def _protocol(*, asked: bool | None) -> Protocol | None:
    if not sys.stdout.isatty():
        if asked:
            typer.echo("pictures are shown in a terminal only", err=True)
        return None
    can = protocol_of(os.environ)
    return can if asked or (asked is None and can is not None and can.is_graphics) else None


async def _search(question: Question, to: Reach, wanted: _Wanted) -> bool:
    """Ask, show, and do what is wanted; whether any of that failed."""
    towers: frozenset[TowerName] = frozenset()
    if question.like or question.picture or read_query(question.text).words:
        # Also for pictures: what chance gives is told by words.
        towers = frozenset({"text"})
    decode = bool(question.picture or wanted.draw_as or wanted.open_with)
    async with open_library(to, towers=towers, decode=decode) as library:
        answer = await library.search(question)
        for line in remarks(answer, question.text):
            typer.echo(line, err=True)
        if not wanted.as_json:
            await _print(library, answer, wanted.draw_as)
        assets = [hit.asset for hit in answer.items]
        copies = await _copied(library, assets, wanted.copy_to) if wanted.copy_to else []
        if wanted.open_with:
            await _open(library, assets, wanted.open_with)
    if wanted.as_json:
        told = {"copies": to_jsonable_python(copies)} if wanted.copy_to else {}
        print_json(answer.model_dump() | told)
    return any(copy.status == "failed" for copy in copies)


async def _print(library: Library, answer: AnswerView, protocol: Protocol | None) -> None:
    for hit, line in zip(answer.items, found_lines(answer.items), strict=True):
        if protocol is not None:
            # A picture that can't be had leaves its line.
            with contextlib.suppress(SceneSenseError, OSError):
                columns = os.get_terminal_size(sys.stdout.fileno()).columns
                drawn = draw(await library.rendition(hit.asset, _SMALL), protocol, columns=columns)
                typer.echo(drawn, nl=False, color=True)
        typer.echo(line)


async def _copied(library: Library, assets: Sequence[AssetView], folder: Path) -> list[Copy]:
    counts = {"copied": 0, "there": 0, "failed": 0}

    def tell(copy: Copy) -> None:
        counts[copy.status] += 1
        if copy.reason:
            typer.echo(f"scene-sense: {copy.id}: {copy.reason}", err=True)

    try:
        return await copy_originals(library, assets, folder, tell=tell)
    finally:
        said = [f"{counts['copied']} copied to {folder}"]
        said += [f"{counts['there']} there already"] if counts["there"] else []
        said += [f"{counts['failed']} failed"] if counts["failed"] else []
        typer.echo(", ".join(said), err=True)


async def _open(library: Library, assets: Sequence[AssetView], opener: str) -> None:
    if len(assets) > _MOST_OPENED:
        typer.echo(f"opening the first {_MOST_OPENED} of {len(assets)}", err=True)
    paths = []
    folder: Path | None = None
    for asset in assets[:_MOST_OPENED]:
        if asset.path is not None and os.access(asset.path, os.R_OK):
            paths.append(asset.path)
            continue
        # Left for whatever shows it, and for the system to clear away.
        folder = folder or Path(tempfile.mkdtemp(prefix="scene-sense-"))
        path = folder / f"{asset.id}.jpg"
        path.write_bytes(await library.rendition(asset, _LARGE))
        paths.append(path)
    await open_files(opener, paths)
