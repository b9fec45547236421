"""``scene-sense user role NAME ROLE``: what somebody may do, and whether that is for the network to change."""

from typing import Annotated

import typer

from appliance.cli.context import JsonOption, run, settings_of
from appliance.cli.table import printable
from appliance.cli.user.common import NameArgument, changed, say
from appliance.records.accounts import Role
from appliance.records.organise import UNSET
from appliance.records.people import PersonChanges


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("role")(set_role)


def set_role(
    context: typer.Context,
    name: NameArgument,
    role: Annotated[Role, typer.Argument(help="What the person may do.", show_default=False)],
    *,
    pin: Annotated[
        bool | None,
        typer.Option(
            "--pin/--unpin",
            help="Whether nothing but this command line may demote, disable or delete the account.",
            show_default="as it is",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Change what somebody may do, from the next request on; also of a pinned account."""
    changes = PersonChanges(role=role, pinned=UNSET if pin is None else pin)
    said = f"role={role}" + ("" if pin is None else f" pinned={pin}")
    person = run(changed(settings_of(context), name, changes, said=said))
    pinned = " and pinned" if person.user.pinned else ""
    say(person, f"{printable(person.user.name)} is {person.user.role}{pinned} now.", as_json=as_json)
