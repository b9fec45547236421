"""``scene-sense user quota NAME SIZE``: how much room somebody has."""

from typing import Annotated

import typer

from appliance.cli.context import JsonOption, bytes_text, run, settings_of
from appliance.cli.table import printable
from appliance.cli.user.common import NameArgument, changed, read_quota, say
from appliance.records.people import PersonChanges


def register(group: typer.Typer) -> None:
    """Add the verb."""
    group.command("quota")(set_quota)


def set_quota(
    context: typer.Context,
    name: NameArgument,
    quota: Annotated[
        str,
        typer.Argument(
            metavar="SIZE", help="Most bytes of originals, such as 50GiB, or none.", show_default=False
        ),
    ],
    *,
    as_json: JsonOption = False,
) -> None:
    """Set how many bytes of originals somebody may have, the trash included. What is there stays."""
    quota_bytes = read_quota(quota)
    changes = PersonChanges(quota_bytes=quota_bytes)
    person = run(changed(settings_of(context), name, changes, said=f"quota_bytes={quota_bytes}"))
    room = "as much room as there is" if quota_bytes is None else f"room for {bytes_text(quota_bytes)}"
    say(
        person,
        f"{printable(person.user.name)} has {room}, and uses {bytes_text(person.used_bytes)}.",
        as_json=as_json,
    )
