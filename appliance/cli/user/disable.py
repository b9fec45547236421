"""``scene-sense user disable|enable NAME``: shut somebody out for a while."""

import typer

from appliance.cli.context import JsonOption, run, settings_of
from appliance.cli.table import printable
from appliance.cli.user.common import NameArgument, changed, say
from appliance.records.people import PersonChanges


def register(group: typer.Typer) -> None:
    """Add the verbs."""
    group.command("disable")(disable)
    group.command("enable")(enable)


def disable(context: typer.Context, name: NameArgument, as_json: JsonOption = False) -> None:
    """Shut somebody out at once: sessions end, keys stop working. What they have stays as it is."""
    person = run(changed(settings_of(context), name, PersonChanges(disabled=True), said="disabled=True"))
    say(person, f"{printable(person.user.name)} is shut out.", as_json=as_json)


def enable(context: typer.Context, name: NameArgument, as_json: JsonOption = False) -> None:
    """Let somebody in again; keys work again."""
    person = run(changed(settings_of(context), name, PersonChanges(disabled=False), said="disabled=False"))
    say(person, f"{printable(person.user.name)} may come in again.", as_json=as_json)
