"""What the verbs on accounts share: an open library, an account by its name, a password, and a note in the log."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from appliance.cli.context import print_json
from appliance.cli.key import account_of
from appliance.db import accounts, audit
from appliance.db.engine import Database
from appliance.errors import UsageError
from appliance.library.appliance import Appliance, open_appliance
from appliance.library.people import change_person
from appliance.library.quantities import read_bytes
from appliance.records.people import Person, PersonChanges
from appliance.settings import Settings

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The account's name.", show_default=False)]
StdinOption = Annotated[
    bool,
    typer.Option("--stdin", help="Read the password from the first line of the input, instead of asking."),
]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Appliance]:
    """The library, with no model loaded."""
    async with open_appliance(settings, towers=frozenset(), decoder_processes=0, pool_size=2) as appliance:
        yield appliance


async def note(db: Database, action: str, target: str) -> None:
    """Put into the audit log that somebody with a shell did this; it is done in the first administrator's name."""
    first = await accounts.find_first_admin(db)
    await audit.record(
        db, action=action, actor=first.id if first else None, object=target, reason="command line"
    )


async def changed(settings: Settings, name: str, changes: PersonChanges, *, said: str) -> Person:
    """The account of this name with these changes; ``said`` is what the audit log says of them."""
    async with opened(settings) as appliance:
        user = await account_of(appliance.db, name)
        person = await change_person(appliance.db, user.id, changes, actor=None)
        await note(appliance.db, "user.change", f"{user.id} {said}")
        return person


def say(person: Person, text: str, *, as_json: bool) -> None:
    """What became of the account, as a line or as JSON."""
    if as_json:
        print_json(as_plain(person))
    else:
        typer.echo(text)


def as_plain(person: Person) -> dict[str, object]:
    """The account for JSON."""
    user = person.user
    return {
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "email": user.email,
        "email_verified": user.email_verified,
        "quota_bytes": user.quota_bytes,
        "used_bytes": person.used_bytes,
        "assets": person.assets,
        "created_at": user.created_at,
        "last_seen_at": person.last_seen_at,
        "disabled_at": user.disabled_at,
        "pinned": user.pinned,
        "has_password": user.has_password,
        "identities": person.identities,
    }


def read_quota(text: str) -> int | None:
    """Bytes, or None for ``none``.

    Raises:
        UsageError: it is no quantity.
    """
    return None if text.strip().lower() == "none" else read_bytes(text)


def new_password(*, stdin: bool) -> str:
    """A password that was typed twice without being shown, or the first line of the input.

    Raises:
        UsageError: nobody can be asked, there is no line, or the two differ.
    """
    if stdin:
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise UsageError("There is no password in the input.")
        return line
    if not sys.stdin.isatty():
        raise UsageError("Nobody can be asked for the password here; give it with --stdin.")
    first: str = typer.prompt("Password", hide_input=True, err=True)
    again: str = typer.prompt("The same again", hide_input=True, err=True)
    if first != again:
        raise UsageError("The two passwords differ.")
    return first
