"""``scene-sense user open-login``: the way in with passwords when the identity provider is broken."""

from datetime import datetime
from typing import Annotated

import typer

from appliance.cli.context import JsonOption, print_json, run, settings_of
from appliance.cli.user.common import note, opened
from appliance.library.open_login import close_password_login, open_password_login
from appliance.settings import Settings


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("open-login")(open_login)


def open_login(
    context: typer.Context,
    *,
    hours: Annotated[float, typer.Option(help="For how long, hours.")] = 1.0,
    close: Annotated[bool, typer.Option("--close", help="Shut it again, before the time is over.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Let people sign in with passwords for a while, although PASSWORD_LOGIN is off."""
    settings = settings_of(context)
    until = run(_open(settings, hours=None if close else hours))
    if as_json:
        print_json({"until": until})
    elif settings.password_login:
        typer.echo("People sign in with passwords anyway: PASSWORD_LOGIN is on.")
    elif until is None:
        typer.echo("People sign in through the identity provider alone again.")
    else:
        typer.echo(f"People may sign in with passwords until {until:%Y-%m-%d %H:%M} UTC.")


async def _open(settings: Settings, *, hours: float | None) -> datetime | None:
    async with opened(settings) as appliance:
        if hours is None:
            await close_password_login(appliance.db)
            await note(appliance.db, "login.close", "")
            return None
        until = await open_password_login(appliance.db, hours=hours)
        await note(appliance.db, "login.open", f"hours={hours:g}")
        return until
