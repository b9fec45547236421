"""``scene-sense user invite``: a link with which somebody makes an account."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

import typer

from appliance.cli.context import JsonOption, print_json, run, settings_of
from appliance.cli.key import account_of
from appliance.cli.serving import shown_address
from appliance.cli.user.common import note, opened
from appliance.library.checks.server import address_of_socket
from appliance.library.invites import create_invite
from appliance.library.running import bind_of
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
    settings = settings_of(context)
    made, link = run(_invite(settings, role=role, name=name, hours=hours))
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
        typer.echo(
            "Before it belongs the address that people type for this server, such as http://nas.local:8020; with"
            " PUBLIC_URL set it is there.",
            err=True,
        )
    elif settings.public_url is None:
        typer.echo(_about(link), err=True)


def _about(link: str) -> str:
    host = str(urlsplit(link).hostname)
    if _is_loopback(host):
        return (
            f"Nobody reaches {host} but this machine itself: put the address that people type in its place. With"
            " PUBLIC_URL set it is there."
        )
    return f"{host} is this machine's address; with PUBLIC_URL set it is the one that people type."


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


async def _invite(settings: Settings, *, role: Role, name: str, hours: float) -> tuple[Invite, str]:
    async with opened(settings) as appliance:
        first = await account_of(appliance.db, None)
        made, link = await create_invite(
            appliance.db, settings, created_by=first.id, role=role, name=name, expires_hours=hours
        )
        await note(appliance.db, "invite.create", f"{made.id} role={made.role}")
    return made, f"{await _address(settings)}{link}" if link.startswith("/") else link


async def _address(settings: Settings) -> str:
    """Where the server listens, if that can be typed and is known; else nothing."""
    bind = bind_of(settings)
    if bind.startswith("fd://"):
        bind = await address_of_socket() or bind
        if _is_loopback(bind.rpartition(":")[0]):
            # So it is also said of a socket that listens everywhere.
            return ""
    if bind.startswith(("fd://", "unix:")):
        return ""
    return shown_address(settings.model_copy(update={"bind": bind}))
