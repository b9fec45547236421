"""The names that a person gave: tags, folders and albums of their own, quickly and without counts."""

from dataclasses import dataclass

from appliance.db.engine import Database
from appliance.db.visibility import own_words
from appliance.records.accounts import Viewer


@dataclass(frozen=True, slots=True)
class OwnNames:
    """Names of one person's, each once."""

    tags: tuple[str, ...]
    #: Whole paths.
    folders: tuple[str, ...]
    albums: tuple[str, ...]


async def own_names(db: Database, viewer: Viewer, *, most: int) -> OwnNames:
    """A person's own names, at most so many of a kind."""
    rows = await db.fetch(
        """
        (SELECT 'tag' AS kind, t.name FROM tag t WHERE {} LIMIT {})
        UNION ALL (SELECT 'folder', path FROM folder WHERE owner = {} LIMIT {})
        UNION ALL (SELECT DISTINCT 'album', name FROM album WHERE owner = {} LIMIT {})
        """,
        own_words(viewer), most, viewer.user_id, most, viewer.user_id, most,
    )  # fmt: skip
    by_kind: dict[str, list[str]] = {"tag": [], "folder": [], "album": []}
    for row in rows:
        by_kind[row["kind"]].append(row["name"])
    return OwnNames(tuple(by_kind["tag"]), tuple(by_kind["folder"]), tuple(by_kind["album"]))
