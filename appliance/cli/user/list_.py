"""``scene-sense user list``: who has an account, and what each takes up."""

import typer

from appliance.cli.context import JsonOption, bytes_text, print_json, run, settings_of
from appliance.cli.table import table
from appliance.cli.user.common import as_plain, opened
from appliance.db import people
from appliance.records.people import Person
from appliance.settings import Settings


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("list")(list_people)


def list_people(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the accounts, what each takes up, and when somebody was last there."""
    found = run(_list(settings_of(context)))
    if as_json:
        print_json([as_plain(person) for person in found])
        return
    for line in lines(found):
        typer.echo(line)
    if not found:
        typer.echo("no accounts", err=True)


async def _list(settings: Settings) -> tuple[Person, ...]:
    async with opened(settings) as appliance:
        return await people.list_people(appliance.db)


def lines(found: tuple[Person, ...]) -> list[str]:
    """The accounts as people read them."""
    if not found:
        return []
    head = ("NAME", "ROLE", "STATE", "SIGNS IN WITH", "PICTURES", "SIZE", "QUOTA", "LAST SEEN")
    return table([head, *(_row(person) for person in found)])


def _row(person: Person) -> tuple[str, ...]:
    user = person.user
    ways = ["password"] if user.has_password else []
    ways += ["provider"] if person.identities else []
    return (
        user.name,
        user.role,
        "disabled" if user.disabled_at else "pinned" if user.pinned else "",
        ", ".join(ways) or "nothing",
        str(person.assets),
        bytes_text(person.used_bytes),
        "none" if user.quota_bytes is None else bytes_text(user.quota_bytes),
        f"{person.last_seen_at:%Y-%m-%d %H:%M} UTC" if person.last_seen_at else "not lately",
    )
