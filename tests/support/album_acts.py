"""What people do with albums, done in the database and in the plain model alike."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from appliance.library import albums
from appliance.records.accounts import Viewer
from appliance.records.search import And, Filter, HasTag, InFolderId
from appliance.records.sharing import SharedMay
from tests.support.album_model import AlbumModel
from tests.support.sharing_model import AssetModel, FolderModel

if TYPE_CHECKING:
    from tests.support.sharing_acts import Chosen, World

_MAY: tuple[Any, ...] = ("view", "add")


def _pick(items: list[Any], number: int) -> Any:
    return items[number % len(items)] if items else None


def _actor(person: str, owner: str, numbers: list[int]) -> str:
    return owner if numbers[3] % 2 else person


def _album(world: "World", numbers: list[int]) -> AlbumModel | None:
    album: AlbumModel | None = _pick(world.model.albums, numbers[0])
    return album if album is not None and album.id is not None else None


def rule_filter(album: AlbumModel) -> Filter | None:
    """The rule of an album of the model."""
    match album.rule:
        case None:
            return None
        case str(tag):
            return HasTag(tag)
        case FolderModel(id=UUID() as folder_id):
            return And((InFolderId(folder_id),))
        case _:
            raise AssertionError("a folder that is not there")


def make(world: "World", person: str, numbers: list[int]) -> "Chosen":
    folders = [each for each in world.model.folders if each.id is not None]
    rule = _pick([None, None, "red", "sea", _pick(folders, numbers[1])], numbers[0])
    album = AlbumModel(person, rule)
    where = rule_filter(album)
    refused = isinstance(rule, FolderModel) and rule.owner != person

    async def create(viewer: Viewer) -> None:
        made = await albums.create_album(world.db, viewer, name="an album", rule=where)
        album.id = made.id
        world.model.albums.append(album)

    return person, "not_found" if refused else "done", create


def put(world: "World", person: str, numbers: list[int]) -> "Chosen":
    album, asset = _album(world, numbers), _pick(world.model.assets, numbers[1])
    if album is None or asset is None:
        return person, "done", None
    album_id, person = album.id, _pick([person, album.owner, asset.owner, asset.owner], numbers[2])
    assert album_id is not None
    return (
        person,
        album.put(person, asset, world.model),
        lambda viewer: albums.add_assets(world.db, viewer, album_id, [asset.id]),
    )


def take(world: "World", person: str, numbers: list[int]) -> "Chosen":
    album = _album(world, numbers)
    if album is None or not album.rows:
        return person, "done", None
    asset: AssetModel = _pick([each for each, _ in album.rows], numbers[1])
    album_id, person = album.id, _pick([person, album.owner, asset.owner], numbers[2])
    assert album_id is not None
    return (
        person,
        album.take(person, asset, world.model),
        lambda viewer: albums.remove_assets(world.db, viewer, album_id, [asset.id]),
    )


def order(world: "World", person: str, numbers: list[int]) -> "Chosen":
    album, asset = _album(world, numbers), _pick(world.model.assets, numbers[1])
    if album is None or asset is None:
        return person, "done", None
    inside = [each for each, _ in album.rows]
    moved: AssetModel = _pick([*inside, asset], numbers[1])
    before: AssetModel | None = _pick([None, *inside], numbers[2])
    album_id, person = album.id, _actor(person, album.owner, numbers)
    assert album_id is not None
    return (
        person,
        album.order(person, moved, before),
        lambda viewer: albums.order_assets(
            world.db, viewer, album_id, [moved.id], before=before.id if before else None
        ),
    )


def share(world: "World", person: str, numbers: list[int]) -> "Chosen":
    album = _album(world, numbers)
    if album is None:
        return person, "done", None
    subject, may = _pick([*world.model.people, None], numbers[1]), _MAY[numbers[2] % 2]
    subject_id = world.ids[subject] if subject else None
    album_id, person = album.id, _actor(person, album.owner, numbers)
    assert album_id is not None

    async def work(viewer: Viewer) -> None:
        put_share, _ = await albums.share_album(
            world.db, viewer, album_id, subject=subject_id, may=SharedMay(may)
        )
        album.share_ids[subject] = put_share.id

    return person, album.share(person, subject, may), work


def end(world: "World", person: str, numbers: list[int]) -> "Chosen":
    album = _album(world, numbers)
    if album is None or not album.shares:
        return person, "done", None
    subject = _pick(list(album.shares), numbers[1])
    album_id, share_id, person = album.id, album.share_ids[subject], _actor(person, album.owner, numbers)
    assert album_id is not None
    return (
        person,
        album.end(person, subject),
        lambda viewer: albums.end_share(world.db, viewer, album_id, share_id),
    )


def delete(world: "World", person: str, numbers: list[int]) -> "Chosen":
    album = _album(world, numbers)
    if album is None:
        return person, "done", None
    album_id, person = album.id, _actor(person, album.owner, numbers)
    assert album_id is not None
    refusal = album.refusal(person)
    if refusal is None:
        world.model.albums.remove(album)
    return person, refusal or "done", lambda viewer: albums.delete_album(world.db, viewer, album_id)


ALBUM_ACTS: dict[str, Callable[["World", str, list[int]], "Chosen"]] = {
    "album": make,
    "album put": put,
    "album take": take,
    "album order": order,
    "album share": share,
    "album end": end,
    "album delete": delete,
}


async def compare_albums(world: "World") -> None:
    """See that both have the same in every album, in the same order, put there by the same person."""
    names = {person: name for name, person in world.ids.items()}
    rows = await world.db.fetch("SELECT album, asset, added_by FROM album_asset ORDER BY position, id")
    for album in world.model.albums:
        found = [(row["asset"], names[row["added_by"]]) for row in rows if row["album"] == album.id]
        assert found == [(asset.id, by) for asset, by in album.rows]
    shares = await world.db.fetch("SELECT id, album, subject, may FROM share WHERE album IS NOT NULL")
    assert {(row["album"], names.get(row["subject"]), row["may"]) for row in shares} == {
        (album.id, subject, may) for album in world.model.albums for subject, may in album.shares.items()
    }
    assert len(await world.db.fetch("SELECT id FROM album")) == len(world.model.albums)


async def furnish_albums(world: "World", act: Callable[[Any], Awaitable[None]]) -> None:
    """Albums of each kind, shared in each way, with something of everybody's in those by hand."""
    for who, number in ((0, 0), (1, 1), (0, 3), (1, 2)):
        await act(("album", who, number, 0, 0, 1, 0))
    for shared in ((0, 1, 1), (0, 2, 0), (1, 3, 1), (2, 2, 0), (3, 0, 0)):
        await act(("album share", 0, *shared, 1, 0))
    for number in range(15):
        await act(("album put", 0, number % 2, number, number % 4, 1, 0))
