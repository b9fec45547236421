"""``scene-sense user delete NAME``: end an account, and say what becomes of what it has."""

import sys
from typing import Annotated

import typer

from appliance.cli.context import JsonOption, print_json, run, settings_of
from appliance.cli.key import account_of
from appliance.cli.table import printable
from appliance.cli.user.common import NameArgument, note, opened
from appliance.errors import UsageError
from appliance.library.leaving import delete_person
from appliance.library.quantities import counted
from appliance.records.accounts import User
from appliance.records.people import Fate, Left
from appliance.settings import Settings


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("delete")(delete)


def delete(
    context: typer.Context,
    name: NameArgument,
    *,
    transfer_to: Annotated[
        str | None,
        typer.Option(metavar="OTHER", help="Who gets all that the account has.", show_default=False),
    ] = None,
    trash: Annotated[bool, typer.Option("--trash", help="Put all that it has into the trash.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete an account. Say what becomes of its pictures: --transfer-to somebody, or --trash."""
    if trash == (transfer_to is not None):
        raise UsageError("Say what becomes of the pictures: either --transfer-to OTHER or --trash.")
    user, left = run(_delete(settings_of(context), name, transfer_to, yes=yes))
    if as_json:
        counts = {"transferred": left.transferred, "joined": left.joined, "trashed": left.trashed}
        print_json({"id": user.id, "name": user.name, **counts})
        return
    typer.echo(f"The account {printable(user.name)} is gone. {said(left, transfer_to)}")


async def _delete(settings: Settings, name: str, receiver: str | None, *, yes: bool) -> tuple[User, Left]:
    async with opened(settings) as appliance:
        user = await account_of(appliance.db, name)
        heir = None if receiver is None else await account_of(appliance.db, receiver)
        if not yes:
            _ask(user)
        left = await delete_person(
            appliance.db,
            appliance.store,
            user.id,
            fate=Fate.TRASH if heir is None else Fate.TRANSFER,
            receiver_id=heir.id if heir else None,
            trash_days=settings.trash_days,
            actor=None,
        )
        became = "assets=trash" if heir is None else f"assets=transfer to={heir.id}"
        await note(appliance.db, "user.delete", f"{user.id} {became}")
        return user, left


def said(left: Left, receiver: str | None) -> str:
    """What became of the pictures, as people read it."""
    if receiver is None:
        are, they = ("is", "it is") if left.trashed == 1 else ("are", "they are")
        return f"{counted(left.trashed, 'picture')} {are} in the trash, until {they} purged."
    are = "is" if left.transferred == 1 else "are"
    text = f"{counted(left.transferred, 'picture')} {are} {printable(receiver)}'s now."
    if not left.joined:
        return text
    were, stay = ("was", "stays") if left.joined == 1 else ("were", "stay")
    return f"{text} {left.joined} {were} there already; theirs {stay}."


def _ask(user: User) -> None:
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked here whether to delete the account; say --yes.")
    typed: str = typer.prompt(
        f"There is no way back. To delete {printable(user.name)}, type the name again", err=True
    )
    if typed.strip().lower() != user.name.lower():
        raise UsageError("That was another name; nothing was deleted.")
