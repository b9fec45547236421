"""``scene-sense album list|show|create|add|remove|share|delete``: albums, here or on a server."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from appliance.cli.context import IdsArgument, JsonOption, print_json, run
from appliance.cli.narrowing import (
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
from appliance.cli.reach import KeyOption, Reach, ServerOption, UserOption, open_shelves, reach
from appliance.cli.shelves import AlbumView, ContentsView, ShareView, Shelves
from appliance.cli.table import printable, table
from appliance.db.assets import MAX_LIMIT
from appliance.errors import NotFound, UsageError
from appliance.library.quantities import counted
from appliance.records.albums import MAX_AT_ONCE
from appliance.records.sharing import SharedMay

AlbumArgument = Annotated[
    str, typer.Argument(metavar="ALBUM", help="The name of an album, or its id where several have the name.")
]

Value = TypeVar("Value")


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="Albums.", rich_markup_mode=None)
    group.command("list")(list_command)
    group.command("show")(show)
    group.command("create")(create)
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("share")(share)
    group.command("delete")(delete)
    app.add_typer(group, name="album")


def list_command(
    context: typer.Context,
    *,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """List your albums, then those that are shared with you."""

    async def ask(to: Reach) -> list[AlbumView]:
        async with open_shelves(to) as shelves:
            return await shelves.albums()

    found = run(ask(reach(context, server=server, key=key, user=user)))
    if as_json:
        print_json(found)
        return
    for line in table([_row(album) for album in found]):
        typer.echo(line)
    if not found:
        typer.echo("no albums", err=True)


def show(
    context: typer.Context,
    *,
    album: AlbumArgument,
    limit: Annotated[int, typer.Option(min=1, max=MAX_LIMIT, help="How many pictures at most.")] = 100,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an album, whom you share it with, and its first pictures."""

    async def ask(shelves: Shelves, found: AlbumView) -> tuple[AlbumView, list[ShareView], ContentsView]:
        shares = await shelves.shares(found.id) if found.mine else []
        return found, shares, await shelves.contents(found.id, limit)

    found, shares, contents = _with_album(ask, album, reach(context, server=server, key=key, user=user))
    if as_json:
        print_json({"album": found, "shares": shares, "items": contents.items, "more": contents.more})
        return
    for line in (*_facts(found, shares), *table([(str(each.id), each.filename) for each in contents.items])):
        typer.echo(line)
    if contents.more:
        typer.echo(f"the first {limit} of {found.count}; --limit shows more", err=True)


def create(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
    description: Annotated[str, typer.Option(help="Words about it.", show_default=False)] = "",
    folder: FolderOption = "",
    tag: TagOption = None,
    first: FirstDayOption = None,
    last: LastDayOption = None,
    kind: TypeOption = None,
    favourite: FavouriteOption = False,
    rating: RatingOption = None,
    camera: CameraOption = None,
    undated: UndatedOption = False,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an album. With --tag, --folder and so on it holds whatever of yours meets them all, at any moment."""
    rule = narrowed(
        folder=folder,
        tag=tag,
        first=first,
        last=last,
        kind=kind,
        favourite=favourite,
        rating=rating,
        camera=camera,
        undated=undated,
    )

    async def do(to: Reach) -> AlbumView:
        async with open_shelves(to) as shelves:
            return await shelves.create_album(name, description, rule if rule.said else None)

    made = run(do(reach(context, server=server, key=key, user=user)))
    if as_json:
        print_json(made)
    else:
        typer.echo("  ".join(printable(cell) for cell in _row(made) if cell))


def add(
    context: typer.Context,
    *,
    album: AlbumArgument,
    ids: IdsArgument,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put pictures into an album, behind what is in it."""
    _check_number(ids)

    async def do(shelves: Shelves, found: AlbumView) -> int:
        return await shelves.add_to_album(found.id, ids)

    added = _with_album(do, album, reach(context, server=server, key=key, user=user))
    _say(f"{counted(added, 'picture')} came in", {"changed": added}, as_json=as_json)


def remove(
    context: typer.Context,
    *,
    album: AlbumArgument,
    ids: IdsArgument,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take pictures out of an album; they stay in the library."""
    _check_number(ids)

    async def do(shelves: Shelves, found: AlbumView) -> int:
        return await shelves.remove_from_album(found.id, ids)

    removed = _with_album(do, album, reach(context, server=server, key=key, user=user))
    _say(f"{counted(removed, 'picture')} went out", {"changed": removed}, as_json=as_json)


def share(
    context: typer.Context,
    *,
    album: AlbumArgument,
    person: Annotated[
        str | None, typer.Option("--with", metavar="NAME", help="With this person.", show_default=False)
    ] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="With everybody here.")] = False,
    may_add: Annotated[bool, typer.Option("--add", help="They may also put pictures of theirs in.")] = False,
    end: Annotated[bool, typer.Option("--end", help="Share it with them no more.")] = False,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Share an album, change what they may do with it, or end that."""
    if (person is None) != everybody:
        raise UsageError("Say with whom: --with NAME, or --everybody.")
    if end and may_add:
        raise UsageError("--add and --end can't go together.")

    async def do(shelves: Shelves, found: AlbumView) -> ShareView:
        subject = None if person is None else await _person(shelves, person)
        if not end:
            may = SharedMay.ADD if may_add else SharedMay.VIEW
            return await shelves.share_album(found.id, subject, may)
        for each in await shelves.shares(found.id):
            if (each.subject.id if each.subject else None) == subject:
                await shelves.end_share(found.id, each.id)
                return each
        raise NotFound(f"The album is not shared with {printable(person or 'everybody')}.")

    put = _with_album(do, album, reach(context, server=server, key=key, user=user))
    if as_json:
        print_json({"id": put.id, "ended": True} if end else put)
    else:
        typer.echo(f"no longer shared with {_guest(put)}" if end else f"shared with {_said(put)}")


def delete(
    context: typer.Context,
    *,
    album: AlbumArgument,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Delete an album; its pictures stay in the library."""

    async def do(shelves: Shelves, found: AlbumView) -> AlbumView:
        await shelves.delete_album(found.id)
        return found

    gone = _with_album(do, album, reach(context, server=server, key=key, user=user))
    _say(f"The album {printable(gone.name)} is gone.", {"id": gone.id, "deleted": True}, as_json=as_json)


def _with_album(work: Callable[[Shelves, AlbumView], Awaitable[Value]], wanted: str, to: Reach) -> Value:
    """What is done with the one album of this name or id."""

    async def do() -> Value:
        async with open_shelves(to) as shelves:
            return await work(shelves, _choose(await shelves.albums(), wanted))

    return run(do())


def _choose(albums: list[AlbumView], wanted: str) -> AlbumView:
    """The album of this id, or else of this name, one's own coming first.

    Raises:
        NotFound: there is none.
        UsageError: several have the name.
    """
    named = [album for album in albums if str(album.id) == wanted.lower()]
    named = named or [album for album in albums if album.name.casefold() == wanted.strip().casefold()]
    found = [album for album in named if album.mine] or named
    if not found:
        raise NotFound(f"There is no album {printable(wanted)}, or it is not shared with you.")
    if len(found) > 1:
        ids = ", ".join(str(album.id) for album in found)
        raise UsageError(f"{len(found)} albums are called {printable(wanted)}; say which by its id: {ids}.")
    return found[0]


async def _person(shelves: Shelves, name: str) -> UUID:
    for person in await shelves.people():
        if person.name.casefold() == name.strip().casefold():
            return person.id
    raise NotFound(f"There is nobody else called {printable(name)}.")


def _check_number(ids: list[UUID]) -> None:
    if len(ids) > MAX_AT_ONCE:
        raise UsageError(f"At most {MAX_AT_ONCE:,} pictures at a time.")


def _say(line: str, body: object, *, as_json: bool) -> None:
    if as_json:
        print_json(body)
    else:
        typer.echo(line)


def _row(album: AlbumView) -> tuple[str, ...]:
    return (
        str(album.id),
        album.name,
        counted(album.count, "picture"),
        "by rule" if album.by_rule else "",
        "" if album.mine else f"{album.owner.name}'s, {album.may}",
        f"{counted(album.shares, 'share')}" if album.shares else "",
    )


def _facts(album: AlbumView, shares: list[ShareView]) -> list[str]:
    facts = [
        ("id", str(album.id)),
        ("name", album.name),
        ("owner", "" if album.mine else f"{album.owner.name}; you may {album.may}"),
        ("description", album.description),
        ("kind", "by rule" if album.by_rule else "by hand"),
        ("pictures", str(album.count)),
        ("shared with", "; ".join(_said(each) for each in shares)),
    ]
    return [f"{name:12} {printable(value)}" for name, value in facts if value]


def _said(share: ShareView) -> str:
    return f"{_guest(share)}, to {'add' if share.may is SharedMay.ADD else 'view'}"


def _guest(share: ShareView) -> str:
    return printable(share.subject.name) if share.subject else "everybody"
