"""Other people's assets in somebody's folders: they stay while their owners may add there, and then go home.

Home is the guest's own folder of the same path, as the guest saw it. One that the guest shares with anybody is none:
home is then beside it, with a number behind the name. Nothing is lost, nothing of a person lies where its owner was
never let in or is no longer, and nobody sees it who did not see it before.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from piccolo.querystring import QueryString

from appliance.db.engine import Database
from appliance.db.folders import ensure_folder, lock_trees
from appliance.db.opened import covers
from appliance.records.sharing import numbered


@dataclass(frozen=True, slots=True)
class Guest:
    """One asset in somebody else's folder."""

    asset: UUID
    owner: UUID
    #: From the topmost folder that is shared with its owner.
    path: str


#: Shares that let the owner of the asset ``a`` into the folder ``f``.
_LET_IN = QueryString(
    "FROM share s JOIN folder top ON top.id = s.folder WHERE (s.subject = a.owner OR s.subject IS NULL) AND {}",
    covers("top", "f"),
)


async def list_guests(db: Database, folder_ids: Sequence[UUID]) -> tuple[Guest, ...]:
    """Everybody's assets in folders that are not theirs, among these folders; trashed ones too."""
    rows = await db.fetch(
        """
        SELECT a.id, a.owner, substr(f.path, 1 + coalesce(
            (SELECT min(length(top.path) - length(top.name)) {}), length(f.path) - length(f.name)
        )) AS path
        FROM asset a JOIN folder f ON f.id = a.folder
        WHERE a.folder = ANY({}::uuid[]) AND a.owner <> f.owner
        ORDER BY a.owner, path
        """,
        _LET_IN, list(folder_ids),
    )  # fmt: skip
    return tuple(Guest(asset=row["id"], owner=row["owner"], path=row["path"]) for row in rows)


async def send_home(db: Database, guests: Sequence[Guest], *, also_let_in: bool) -> int:
    """How many of these were moved into their owners' own folders; with ``also_let_in`` also who may still add.

    Needs :func:`~appliance.db.folders.lock_trees`.
    """
    ids = [guest.asset for guest in guests]
    rows = await db.fetch(
        """
        SELECT a.id FROM asset a JOIN folder f ON f.id = a.folder
        WHERE a.id = ANY({}::uuid[]) AND a.owner <> f.owner AND ({} OR NOT EXISTS (SELECT {} AND s.may = 'add'))
        """,
        ids, also_let_in, _LET_IN,
    )  # fmt: skip
    leaving = {row["id"] for row in rows}
    places: dict[tuple[UUID, str], list[UUID]] = {}
    for guest in guests:
        if guest.asset in leaving:
            places.setdefault((guest.owner, guest.path), []).append(guest.asset)
    shared = await _shared_paths(db, {owner for owner, _ in places})
    for (owner, path), assets in places.items():
        home = await ensure_folder(db, owner, _unshared(path, shared.get(owner, ())))
        await db.fetch(
            "UPDATE asset SET folder = {}, revision = revision + 1 WHERE id = ANY({}::uuid[])", home, assets
        )
    return len(leaving)


async def _shared_paths(db: Database, owners: Iterable[UUID]) -> dict[UUID, set[str]]:
    rows = await db.fetch(
        "SELECT DISTINCT f.owner, f.path FROM share s JOIN folder f ON f.id = s.folder"
        " WHERE f.owner = ANY({}::uuid[])",
        list(owners),
    )
    paths: dict[UUID, set[str]] = {}
    for row in rows:
        paths.setdefault(row["owner"], set()).add(row["path"])
    return paths


def _unshared(path: str, shared: Collection[str]) -> str:
    """The path, with a number behind each name on it whose folder is shared, so that no share covers it."""
    above = ""
    for name in path.split("/"):
        number = 1
        while above + numbered(name, number) in shared:
            number += 1
        above += f"{numbered(name, number)}/"
    return above.removesuffix("/")


async def send_guests_home(db: Database, owner: UUID, folder_ids: Sequence[UUID]) -> int:
    """How many assets of others were in these folders of a person; they are in their owners' own folders now.

    Call it inside a transaction, before the folders or what shares them change hands or go. It waits for whoever is
    changing trees, so it comes before statements that hold rows others wait for.
    """
    await lock_trees(db, owner)
    return await send_home(db, await list_guests(db, folder_ids), also_let_in=True)
