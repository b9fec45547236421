"""``scene-sense user invite``: a link with which somebody makes an account."""

from typing import Annotated

import typer

from appliance.cli.context import print_json, run, settings_of
from appliance.cli.key import account_of
from appliance.cli.user.common import JsonOption, note, opened
from appliance.library.invites import create_invite
from appliance.records.accounts import Invite, Role
from appliance.settings import Settings


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("invite")(invite)


def invite(
    context: typer.Context,
    *,
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.MEMBER,
    name: Annotated[str, typer.Option(help="For whom it is, in your own words.", show_default=False)] = "",
    hours: Annotated[float, typer.Option(help="How long it is good, hours.")] = 72.0,
    as_json: JsonOption = False,
) -> None:
    """Make an invitation. Its link works once, is printed alone on stdout, and is not kept."""
    made, link = run(_invite(settings_of(context), role=role, name=name, hours=hours))
    if as_json:
        print_json(
            {
                "id": made.id,
                "role": made.role,
                "name": made.name,
                "expires_at": made.expires_at,
                "link": link,
            }
        )
        return
    typer.echo(link)
    typer.echo(f"It makes one account, as {made.role}, until {made.expires_at:%Y-%m-%d %H:%M} UTC.", err=True)
    if link.startswith("/"):
        typer.echo("Put the server's address before it; with PUBLIC_URL set it would be there.", err=True)


async def _invite(settings: Settings, *, role: Role, name: str, hours: float) -> tuple[Invite, str]:
    async with opened(settings) as appliance:
        first = await account_of(appliance.db, None)
        made, link = await create_invite(
            appliance.db, settings, created_by=first.id, role=role, name=name, expires_hours=hours
        )
        await note(appliance.db, "invite.create", f"{made.id} role={made.role}")
        return made, link
