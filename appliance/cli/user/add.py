"""``scene-sense user add NAME``: an account for somebody."""

from typing import Annotated

import typer

from appliance.cli.context import JsonOption, run, settings_of
from appliance.cli.key import account_of
from appliance.cli.table import printable
from appliance.cli.user.common import NameArgument, StdinOption, new_password, note, opened, read_quota, say
from appliance.errors import UsageError
from appliance.library.accounts import check_name
from appliance.library.passwords import Passwords, check_password
from appliance.library.people import add_person
from appliance.records.accounts import Role
from appliance.records.people import Person
from appliance.settings import Settings


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("add")(add)


def add(
    context: typer.Context,
    name: NameArgument,
    *,
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.MEMBER,
    email: Annotated[str | None, typer.Option(help="Their e-mail address.", show_default=False)] = None,
    email_verified: Annotated[
        bool,
        typer.Option(
            "--email-verified", help="You know that it is theirs: it may link a provider's account."
        ),
    ] = False,
    quota: Annotated[str, typer.Option(help="Most bytes of originals, such as 50GiB, or none.")] = "none",
    stdin: StdinOption = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="They sign in through the home's identity provider only.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make an account. Asks for its password, which the person can change."""
    settings = settings_of(context)
    quota_bytes = read_quota(quota)
    if email_verified and email is None:
        raise UsageError("Say --email with --email-verified.")
    if stdin and no_password:
        raise UsageError("Give either --stdin or --no-password.")
    tidy, password = check_name(name), None
    if not no_password:
        password = new_password(stdin=stdin)
        # Said before the database is opened, as is everything that can be.
        check_password(password, user_name=tidy)
    person = run(
        _add(
            settings,
            tidy,
            role=role,
            password=password,
            email=email,
            email_verified=email_verified,
            quota_bytes=quota_bytes,
        )
    )
    say(person, f"{printable(person.user.name)} has an account now, as {role}.", as_json=as_json)


async def _add(
    settings: Settings,
    name: str,
    *,
    role: Role,
    password: str | None,
    email: str | None,
    email_verified: bool,
    quota_bytes: int | None,
) -> Person:
    async with opened(settings) as appliance:
        # With any account there the setup link is shut, and only its holder becomes the one who can't be shut out.
        await account_of(appliance.db, None)
        person = await add_person(
            appliance.db,
            actor=None,
            passwords=Passwords(),
            name=name,
            role=role,
            password=password,
            email=email,
            email_verified=email_verified,
            quota_bytes=quota_bytes,
        )
        await note(appliance.db, "user.add", f"{person.user.id} role={role}")
        return person
