"""``scene-sense asset show|set|trash|restore|failed|retry``: single assets, here or on a server."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from appliance.cli.context import IdsArgument, JsonOption, bytes_text, print_json, run
from appliance.cli.library import Library
from appliance.cli.reach import KeyOption, Reach, ServerOption, UserOption, open_library, reach
from appliance.cli.table import printable, table
from appliance.cli.views import AssetView, JobView
from appliance.errors import Conflict, NotFound, UsageError
from appliance.library.naming import folder_path, tag_names
from appliance.library.ttl import parse_ttl
from appliance.records.organise import UNSET, Changes, Corrected

TtlOption = Annotated[
    str | None,
    typer.Option(help="How long to live from now on: 30m, 12h, 7d, 2w, never.", show_default=False),
]
DescriptionOption = Annotated[
    str | None, typer.Option(help="Words about it; empty for none.", show_default=False)
]
FavouriteOption = Annotated[
    bool | None, typer.Option("--favourite/--no-favourite", help="Whether it is one.", show_default=False)
]
#: What takes a corrected date back.
AS_FILE_SAYS = "file"

TakenOption = Annotated[
    str | None,
    typer.Option(
        help="When it was really taken, local time: 2019-05-01T12:00; `file`: as the file says.",
        show_default=False,
    ),
]

#: As on the server; said here so that nothing is sent in vain.
_LONGEST_DESCRIPTION = 10_000

#: Most failed jobs that are listed.
_FAILED_LIMIT = 1000

#: What is done with one asset.
Deed = Callable[[Library, UUID], Awaitable[AssetView]]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="Single assets.", rich_markup_mode=None)
    group.command("show")(show)
    group.command("set")(set_command)
    group.command("trash")(trash)
    group.command("restore")(restore)
    group.command("failed")(failed)
    group.command("retry")(retry)
    app.add_typer(group, name="asset")


def show(
    context: typer.Context,
    *,
    ids: IdsArgument,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print all that is known of assets."""
    to = reach(context, server=server, key=key, user=user)

    async def deed(library: Library, asset_id: UUID) -> AssetView:
        return await library.show(asset_id)

    _do(deed, ids, to, as_json=as_json, say=describe)


def set_command(
    context: typer.Context,
    *,
    ids: IdsArgument,
    ttl: TtlOption = None,
    folder: Annotated[
        str | None, typer.Option(help="Folder to be in; an empty one for none.", show_default=False)
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(help="Tag to put on; repeatable.", show_default=False)
    ] = None,
    untag: Annotated[
        list[str] | None, typer.Option(help="Tag to take off; repeatable.", show_default=False)
    ] = None,
    description: DescriptionOption = None,
    favourite: FavouriteOption = None,
    rating: Annotated[
        int | None, typer.Option(min=0, max=5, help="1 to 5; 0 for none.", show_default=False)
    ] = None,
    taken: TakenOption = None,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change assets; what is not said stays."""
    if ttl is not None:
        parse_ttl(ttl)
    if description is not None and len(description) > _LONGEST_DESCRIPTION:
        raise UsageError(f"A description has at most {_LONGEST_DESCRIPTION:,} characters.")
    changes = Changes(
        folder=UNSET if folder is None else folder_path(folder),
        description=UNSET if description is None else description,
        favourite=UNSET if favourite is None else favourite,
        rating=UNSET if rating is None else rating or None,
        taken=UNSET if taken is None else _read_taken(taken),
    )
    on, off = tag_names(tag or []), tag_names(untag or [])
    if changes == Changes() and ttl is None and not on and not off:
        raise UsageError("Say what to change; `scene-sense asset set --help` shows what there is.")
    to = reach(context, server=server, key=key, user=user)

    async def deed(library: Library, asset_id: UUID) -> AssetView:
        mine = changes
        if on or off:
            tags = with_tags((await library.show(asset_id)).tags, on=on, off=off)
            mine = replace(changes, tags=tags)
        return await library.edit(asset_id, mine, ttl=ttl)

    _do(deed, ids, to, as_json=as_json, say=describe)


def _read_taken(text: str) -> Corrected | None:
    """When something was really taken; None: as the file says."""
    if text == AS_FILE_SAYS:
        return None
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        local = None
    if local is None or local.tzinfo is not None:
        raise UsageError(
            f"--taken is a local time like 2019-05-01T12:00, or `{AS_FILE_SAYS}`; not {text[:40]!r}."
        )
    return Corrected(local, None)


def with_tags(tags: Sequence[str], *, on: tuple[str, ...], off: tuple[str, ...]) -> tuple[str, ...]:
    """The tags with some put on and some taken off, upper and lower case being the same."""
    gone = {tag.casefold() for tag in off}
    return tuple(tag for tag in tag_names([*tags, *on]) if tag.casefold() not in gone)


def trash(
    context: typer.Context,
    *,
    ids: IdsArgument,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put assets in the trash, from which a purge takes them after TRASH_DAYS."""
    to = reach(context, server=server, key=key, user=user)

    async def deed(library: Library, asset_id: UUID) -> AssetView:
        return await library.trash(asset_id)

    _do(deed, ids, to, as_json=as_json, say=_in_one_line)


def restore(
    context: typer.Context,
    *,
    ids: IdsArgument,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take assets out of the trash."""
    to = reach(context, server=server, key=key, user=user)

    async def deed(library: Library, asset_id: UUID) -> AssetView:
        return await library.restore(asset_id)

    _do(deed, ids, to, as_json=as_json, say=_in_one_line)


def failed(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option(min=1, max=_FAILED_LIMIT, help="How many at most.")] = 100,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """List assets that could not be made searchable, and why."""
    to = reach(context, server=server, key=key, user=user)

    async def ask() -> list[JobView]:
        async with open_library(to) as library:
            return await library.failed(limit)

    found = run(ask())
    if as_json:
        print_json(found)
        return
    for line in table(
        [
            (str(job.asset_id), job.filename, f"{job.attempts} tries", job.error_text or job.error_code or "")
            for job in found
        ]
    ):
        typer.echo(line)
    if not found:
        typer.echo("nothing has failed", err=True)


def retry(
    context: typer.Context,
    *,
    ids: Annotated[
        list[UUID] | None, typer.Argument(metavar="[ID]", help="Ids of assets; all if left out.")
    ] = None,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try again to make assets searchable that could not be."""
    to = reach(context, server=server, key=key, user=user)

    async def ask() -> int:
        async with open_library(to) as library:
            return await library.retry(ids or None)

    retried = run(ask())
    if as_json:
        print_json({"retried": retried})
    else:
        typer.echo(f"{retried} waiting again" if retried else "nothing has failed")


def _do(
    deed: Deed,
    ids: Sequence[UUID],
    to: Reach,
    *,
    as_json: bool,
    say: Callable[[AssetView], list[str]],
) -> None:
    """Do it with each; one that can't be is a line on stderr, and the rest goes on."""
    done = run(_each(deed, ids, to))
    if as_json:
        # Of one asset it is the asset, so that scripts need not unpack it.
        print_json(done if len(ids) > 1 else done[0] if done else None)
    else:
        typer.echo("\n".join(line for asset in done for line in say(asset)), nl=bool(done))
    if len(done) < len(ids):
        raise typer.Exit(1)


async def _each(deed: Deed, ids: Sequence[UUID], to: Reach) -> list[AssetView]:
    done: list[AssetView] = []
    async with open_library(to) as library:
        for asset_id in ids:
            try:
                done.append(await deed(library, asset_id))
            except (NotFound, Conflict) as error:
                typer.echo(f"scene-sense: {asset_id}: {error.message}", err=True)
    return done


def _in_one_line(asset: AssetView) -> list[str]:
    return [f"{asset.id}  {asset.state}  {printable(asset.filename)}"]


def describe(asset: AssetView) -> list[str]:
    """All that people want to know of an asset, a line each; what is not known is left out."""
    taken = f"{asset.taken.local:%Y-%m-%d %H:%M:%S} ({asset.taken.source})" if asset.taken else ""
    place = (
        f"{asset.latitude:.5f}, {asset.longitude:.5f}"
        if asset.latitude is not None and asset.longitude is not None
        else ""
    )
    failure = asset.index.error_text or asset.index.error_code
    facts = [
        ("id", str(asset.id)),
        ("name", asset.filename),
        ("owner", "" if asset.mine else asset.owner.name),
        ("path", str(asset.path or "")),
        ("folder", asset.folder or ""),
        ("tags", ", ".join(asset.tags)),
        ("description", asset.description),
        ("favourite", "yes" if asset.favourite else ""),
        ("rating", str(asset.rating or "")),
        ("type", asset.mime),
        ("size", f"{asset.width} x {asset.height} pixels, {bytes_text(asset.bytes)}"),
        ("taken", taken),
        ("camera", asset.camera or ""),
        ("lens", asset.lens or ""),
        ("place", place),
        ("uploaded", f"{asset.uploaded_at:%Y-%m-%d %H:%M} UTC"),
        ("expires", f"{asset.expires_at:%Y-%m-%d %H:%M} UTC" if asset.expires_at else "never"),
        ("state", asset.state),
        ("purged from", f"{asset.purge_after:%Y-%m-%d %H:%M} UTC" if asset.purge_after else ""),
        ("search", asset.index.state + (f": {failure}" if failure else "")),
        ("sha256", asset.sha256),
    ]
    return [f"{name:12} {printable(value)}" for name, value in facts if value]
