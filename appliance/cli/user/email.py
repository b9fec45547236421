"""``scene-sense user email NAME ADDRESS``: somebody's e-mail address, and whether it is known to be theirs."""

from typing import Annotated

import typer

from appliance.cli.context import JsonOption, run, settings_of
from appliance.cli.table import printable
from appliance.cli.user.common import NameArgument, changed, say
from appliance.errors import UsageError
from appliance.records.organise import UNSET
from appliance.records.people import PersonChanges


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("email")(set_email)


def set_email(
    context: typer.Context,
    name: NameArgument,
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Their e-mail address, or none.", show_default=False)
    ],
    *,
    verified: Annotated[
        bool,
        typer.Option("--verified", help="You know that it is theirs: it may link a provider's account."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Set somebody's e-mail address. Another one than before is not verified, unless you say so."""
    email = None if address.strip().lower() == "none" else address
    if verified and email is None:
        raise UsageError("Say an address with --verified.")
    changes = PersonChanges(email=email, email_verified=True if verified else UNSET)
    # The address is personal and stays out of the log.
    said = f"email_verified={verified}" if email is not None else "email=None"
    person = run(changed(settings_of(context), name, changes, said=said))
    user = person.user
    state = "verified" if user.email_verified else "not verified"
    text = "no address" if user.email is None else f"the address {printable(user.email)}, {state}"
    say(person, f"{printable(user.name)} has {text}.", as_json=as_json)
