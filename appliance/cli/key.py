"""``scene-sense key create|list|revoke``: keys for scripts, on the server itself."""

from typing import Annotated

import typer

from appliance.cli.context import JsonOption, print_json, run, settings_of
from appliance.db import accounts, audit, keys
from appliance.db.engine import Database
from appliance.errors import NotFound, UsageError
from appliance.library.appliance import open_appliance
from appliance.library.keys import create_key, revoke_key
from appliance.records.accounts import ApiKey, Role, Scope, User
from appliance.settings import Settings

#: What a key may do when nothing is said: all but running the appliance.
_USUAL = (Scope.SEARCH_READ, Scope.ASSET_READ, Scope.ASSET_WRITE)

UserOption = Annotated[
    str | None,
    typer.Option("--user", help="Whose key; the first admin's if left out.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    group = typer.Typer(help="Keys for scripts.", rich_markup_mode=None)
    group.command("create")(create)
    group.command("list")(list_keys)
    group.command("revoke")(revoke)
    app.add_typer(group, name="key")


def create(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "scene-sense key create",
    scope: Annotated[
        list[str] | None,
        typer.Option(help=f"What it may do, repeatable: {', '.join(Scope)}.", show_default="all but admin"),
    ] = None,
    expires_days: Annotated[float, typer.Option(help="How long it works, days.")] = 365.0,
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key. It is printed once, alone on stdout, and not kept."""
    scopes = _scopes(scope)
    key, text = run(_create(settings_of(context), user, name=name, scopes=scopes, expires_days=expires_days))
    if as_json:
        print_json({**_as_json(key), "key": text})
        return
    typer.echo(text)
    typer.echo(f"Key {key.id} works until {key.expires_at:%Y-%m-%d}; it is not shown again.", err=True)


def list_keys(context: typer.Context, user: UserOption = None, as_json: JsonOption = False) -> None:
    """List the keys that work."""
    found = run(_list(settings_of(context), user))
    if as_json:
        print_json([_as_json(key) for key in found])
        return
    for key in found:
        used = f"{key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never"
        typer.echo(
            f"{key.id}  {key.name}  {','.join(sorted(key.scopes))}  until {key.expires_at:%Y-%m-%d}  used {used}"
        )
    if not found:
        typer.echo("no keys", err=True)


def revoke(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id, or the key itself.")],
    user: UserOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a key; what uses it stops working at once."""
    wanted = key_id[3:11] if key_id.startswith("ss_") else key_id
    run(_revoke(settings_of(context), user, wanted))
    if as_json:
        print_json({"id": wanted, "revoked": True})
    else:
        typer.echo(f"Key {wanted} no longer works.")


def _scopes(given: list[str] | None) -> frozenset[Scope] | None:
    if not given:
        return None
    names = [name.strip() for item in given for name in item.split(",") if name.strip()]
    unknown = sorted(set(names) - set(Scope))
    if unknown:
        raise UsageError(f"There is no scope {', '.join(unknown)}; there are {', '.join(Scope)}.")
    return frozenset(Scope(name) for name in names)


def _as_json(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
    }


async def account_of(db: Database, name: str | None) -> User:
    """The account called ``name``, or the first admin's.

    Raises:
        NotFound: there is none.
    """
    if name is None:
        first = await accounts.find_first_admin(db)
        if first is None:
            raise NotFound(
                "Nobody has an account yet; open the setup link that `scene-sense up` prints"
                " and set the appliance up first."
            )
        return first
    found = await accounts.find_by_name(db, name)
    if found is None:
        raise NotFound(f"There is no account called {name}.")
    return found[0]


async def _create(
    settings: Settings, user: str | None, *, name: str, scopes: frozenset[Scope] | None, expires_days: float
) -> tuple[ApiKey, str]:
    async with open_appliance(settings, towers=frozenset(), decoder_processes=0, pool_size=2) as appliance:
        owner = await account_of(appliance.db, user)
        usual = frozenset(_USUAL[:2] if owner.role is Role.VIEWER else _USUAL)
        made = await create_key(
            appliance.db,
            user_id=owner.id,
            role=owner.role,
            name=name,
            scopes=scopes or usual,
            expires_days=expires_days,
        )
        await audit.record(
            appliance.db, action="key.create", actor=owner.id, object=made[0].id, reason="command line"
        )
        return made


async def _list(settings: Settings, user: str | None) -> tuple[ApiKey, ...]:
    async with open_appliance(settings, towers=frozenset(), decoder_processes=0, pool_size=2) as appliance:
        return await keys.list_alive(appliance.db, (await account_of(appliance.db, user)).id)


async def _revoke(settings: Settings, user: str | None, key_id: str) -> None:
    async with open_appliance(settings, towers=frozenset(), decoder_processes=0, pool_size=2) as appliance:
        owner = await account_of(appliance.db, user)
        await revoke_key(appliance.db, key_id, user_id=owner.id)
        await audit.record(
            appliance.db, action="key.revoke", actor=owner.id, object=key_id, reason="command line"
        )
