"""``scene-sense user …``: accounts, on the server itself, one file for each verb or pair of verbs."""

from types import ModuleType

import typer

from appliance.cli.user import add, delete, disable, email, invite, list_, open_login, password, quota, role

#: One module for each, in the order of the help; each has ``register(group)``.
VERBS: tuple[ModuleType, ...] = (
    add,
    invite,
    list_,
    role,
    quota,
    email,
    password,
    disable,
    delete,
    open_login,
)


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="Accounts.", rich_markup_mode=None)
    for verb in VERBS:
        verb.register(group)
    app.add_typer(group, name="user")
