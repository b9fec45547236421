"""``scene-sense tag list|rename|merge|colour|remove``: one's words, here or on a server."""

import re
from typing import Annotated
from uuid import UUID

import typer

from appliance.cli.context import JsonOption, print_json, run
from appliance.cli.reach import KeyOption, Reach, ServerOption, UserOption, open_shelves, reach
from appliance.cli.shelves import Shelves, TagView
from appliance.cli.table import printable, table
from appliance.errors import NotFound, UsageError
from appliance.library.naming import tag_name

TagArgument = Annotated[str, typer.Argument(metavar="TAG", help="A tag of yours, with what it lies below.")]

#: What takes a colour away.
NO_COLOUR = "none"


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="Tags: words on pictures.", rich_markup_mode=None)
    group.command("list")(list_command)
    group.command("rename")(rename)
    group.command("merge")(merge)
    group.command("colour")(colour)
    group.command("remove")(remove)
    app.add_typer(group, name="tag")


def list_command(
    context: typer.Context,
    *,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the tags that you see, the most used first."""

    async def ask(to: Reach) -> list[TagView]:
        async with open_shelves(to) as shelves:
            return await shelves.tags()

    found = run(ask(reach(context, server=server, key=key, user=user)))
    if as_json:
        print_json(found)
        return
    rows = [(str(tag.count), tag.name, tag.color or "", "" if tag.mine else "others'") for tag in found]
    for line in table(rows):
        typer.echo(line)
    if not found:
        typer.echo("no tags", err=True)


def rename(
    context: typer.Context,
    *,
    tag: TagArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The whole new name: animal/dog.")],
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rename a tag; what is below it goes along, and pictures keep it."""
    old, new = tag_name(tag), tag_name(name)

    async def do(to: Reach) -> TagView:
        async with open_shelves(to) as shelves:
            tag_id, _ = await _find(shelves, old)
            return await shelves.rename_tag(tag_id, new)

    _say(run(do(reach(context, server=server, key=key, user=user))), as_json=as_json)


def merge(
    context: typer.Context,
    *,
    tag: TagArgument,
    into: Annotated[str, typer.Argument(metavar="INTO", help="Another tag of yours, which stays.")],
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a tag part of another one, with what is below it."""
    one, other = tag_name(tag), tag_name(into)

    async def do(to: Reach) -> TagView:
        async with open_shelves(to) as shelves:
            (source, _), (target, _) = await _find(shelves, one), await _find(shelves, other)
            return await shelves.merge_tag(source, target)

    _say(run(do(reach(context, server=server, key=key, user=user))), as_json=as_json)


def colour(
    context: typer.Context,
    *,
    tag: TagArgument,
    color: Annotated[
        str, typer.Argument(metavar="COLOUR", help=f"Like #c0ffee, or `{NO_COLOUR}`.", show_default=False)
    ],
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a tag a colour, or take it away."""
    name, wanted = tag_name(tag), _read_colour(color)

    async def do(to: Reach) -> TagView:
        async with open_shelves(to) as shelves:
            tag_id, _ = await _find(shelves, name)
            return await shelves.colour_tag(tag_id, wanted)

    _say(run(do(reach(context, server=server, key=key, user=user))), as_json=as_json)


def remove(
    context: typer.Context,
    *,
    tag: TagArgument,
    server: ServerOption = None,
    key: KeyOption = None,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a tag off everything; tags below it and all pictures stay."""
    name = tag_name(tag)

    async def do(to: Reach) -> TagView:
        async with open_shelves(to) as shelves:
            tag_id, found = await _find(shelves, name)
            await shelves.remove_tag(tag_id)
            return found

    removed = run(do(reach(context, server=server, key=key, user=user)))
    if as_json:
        print_json({"id": removed.id, "removed": True})
    else:
        typer.echo(f"The tag {printable(removed.name)} is gone; it was on {removed.count}.")


async def _find(shelves: Shelves, name: str) -> tuple[UUID, TagView]:
    """A word of this person's and its id, upper and lower case being the same.

    Raises:
        NotFound: they have none.
    """
    for tag in await shelves.tags():
        if tag.id is not None and tag.name.casefold() == name.casefold():
            return tag.id, tag
    raise NotFound(f"You have no tag {printable(name)}.")


def _read_colour(text: str) -> int | None:
    if text == NO_COLOUR:
        return None
    if re.fullmatch("#?[0-9a-fA-F]{6}", text) is None:
        raise UsageError(f"A colour is like #c0ffee, or `{NO_COLOUR}`; not {text[:40]!r}.")
    return int(text.removeprefix("#"), 16)


def _say(tag: TagView, *, as_json: bool) -> None:
    if as_json:
        print_json(tag)
    else:
        typer.echo("  ".join(part for part in (str(tag.count), printable(tag.name), tag.color or "") if part))
