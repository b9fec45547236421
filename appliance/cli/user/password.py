"""``scene-sense user password NAME``: another password for who has lost theirs."""

import typer

from appliance.cli.context import JsonOption, print_json, run, settings_of
from appliance.cli.key import account_of
from appliance.cli.table import printable
from appliance.cli.user.common import NameArgument, StdinOption, new_password, note, opened
from appliance.library.passwords import Passwords
from appliance.library.people import reset_password
from appliance.records.accounts import User
from appliance.settings import Settings


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("password")(set_password)


def set_password(
    context: typer.Context, name: NameArgument, *, stdin: StdinOption = False, as_json: JsonOption = False
) -> None:
    """Give somebody another password, and end all their sessions. API keys stay."""
    user, ended = run(_set(settings_of(context), name, stdin=stdin))
    if as_json:
        print_json({"id": user.id, "name": user.name, "sessions_ended": ended})
    else:
        typer.echo(f"{printable(user.name)} has another password now; {ended} sessions were ended.")


async def _set(settings: Settings, name: str, *, stdin: bool) -> tuple[User, int]:
    async with opened(settings) as appliance:
        # Looked for first: nobody types a password twice for a name that was a slip. Nothing else runs meanwhile.
        user = await account_of(appliance.db, name)
        password = new_password(stdin=stdin)
        ended = await reset_password(appliance.db, user.id, password, passwords=Passwords())
        await note(appliance.db, "user.password", str(user.id))
        return user, ended
