"""The changes of an edit: read from what people write, and kept as JSON values by name until all is done."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from appliance.errors import UsageError
from appliance.library.naming import tag_names
from appliance.library.ttl import expiry_after, parse_ttl
from appliance.library.wishes import read_changes
from appliance.records.edits import Act, EditChanges
from appliance.records.organise import UNSET, Changes, Corrected, Unset

#: Of these at most one: they say what becomes of the assets' lives.
_LIVES = ("ttl", "expires_at", "extend", "at_most", "trash", "restore")

_OWN = frozenset(
    {"extend", "at_most", "trash", "restore", "add_tags", "remove_tags"}
    | {"shift_taken_minutes", "add_to_album", "remove_from_album"}
)


def read_edit(given: Mapping[str, Any]) -> EditChanges:
    """What is to become of each asset: what :func:`~appliance.library.wishes.read_changes` reads, and more.

    ``extend`` and ``at_most`` are times to live; ``trash`` and ``restore`` are True and go alone.

    Raises:
        UsageError: nothing is to be changed, a value can't be used, or two can't go together.
    """
    given = {name: value for name, value in given.items() if not (name in _OWN and value in (None, False))}
    if not given:
        raise UsageError("Say what to change.")
    _check_together(given)
    add_tags, remove_tags = (tag_names(given.get(name, ())) for name in ("add_tags", "remove_tags"))
    if {name.casefold() for name in add_tags} & {name.casefold() for name in remove_tags}:
        raise UsageError("A tag can't be added and removed at once.")
    extend = parse_ttl(given["extend"]) if "extend" in given else None
    at_most = parse_ttl(given["at_most"]) if "at_most" in given else None
    if ("extend" in given and extend is None) or ("at_most" in given and at_most is None):
        raise UsageError("`extend` and `at_most` are times to live; for ever is `ttl`: `never`.")
    acts = [act for act in Act if act.value in given]
    return EditChanges(
        set=read_changes({name: value for name, value in given.items() if name not in _OWN}),
        act=acts[0] if acts else None,
        add_tags=add_tags,
        remove_tags=remove_tags,
        extend_seconds=round(extend.total_seconds()) if extend else None,
        expires_by=expiry_after(at_most) if at_most else None,
        shift_taken_minutes=given.get("shift_taken_minutes"),
        add_to_album=given.get("add_to_album"),
        remove_from_album=given.get("remove_from_album"),
    )


def _check_together(given: Mapping[str, Any]) -> None:
    lives = [name for name in _LIVES if name in given]
    if len(lives) > 1:
        raise UsageError(f"`{lives[0]}` and `{lives[1]}` can't go together.")
    if ("trash" in given or "restore" in given) and len(given) > 1:
        raise UsageError("`trash` and `restore` go alone.")
    if "add_to_album" in given and given["add_to_album"] == given.get("remove_from_album"):
        raise UsageError("An asset can't be added to an album and removed from it at once.")
    if "taken" in given and "shift_taken_minutes" in given:
        raise UsageError("Give either `taken` or `shift_taken_minutes`.")
    if "tags" in given and ("add_tags" in given or "remove_tags" in given):
        raise UsageError("`tags` replaces all tags; it can't go with `add_tags` or `remove_tags`.")


def to_kept(changes: EditChanges) -> dict[str, Any]:
    """The changes as JSON values; of a folder's path nothing is kept, as it has become an id."""
    kept: dict[str, Any] = {}
    for each in fields(changes.set):
        value = getattr(changes.set, each.name)
        if value is UNSET or each.name == "folder":
            continue
        kept[each.name] = _plain(value)
    if changes.act is not None:
        kept[changes.act.value] = True
    for name in ("add_tags", "remove_tags"):
        if getattr(changes, name):
            kept[name] = list(getattr(changes, name))
    for name in ("extend_seconds", "expires_by", "shift_taken_minutes", "add_to_album", "remove_from_album"):
        if getattr(changes, name) is not None:
            kept[name] = _plain(getattr(changes, name))
    return kept


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case tuple():
            return list(value)
        case Corrected(local=local, offset_minutes=offset):
            return {"local": local.isoformat(), "offset_minutes": offset}
        case _:
            return value


def from_kept(kept: Mapping[str, Any]) -> EditChanges:
    """The changes that were kept so."""
    values = {each.name: kept[each.name] for each in fields(Changes) if each.name in kept}
    if values.get("expires_at"):
        values["expires_at"] = datetime.fromisoformat(values["expires_at"])
    if values.get("folder_id"):
        values["folder_id"] = UUID(values["folder_id"])
    if values.get("taken"):
        values["taken"] = Corrected(
            datetime.fromisoformat(values["taken"]["local"]), values["taken"]["offset_minutes"]
        )
    if "tags" in values:
        values["tags"] = tuple(values["tags"])
    by = kept.get("expires_by")
    into, out_of = kept.get("add_to_album"), kept.get("remove_from_album")
    return EditChanges(
        set=Changes(**values),
        act=next((act for act in Act if act.value in kept), None),
        add_tags=tuple(kept.get("add_tags", ())),
        remove_tags=tuple(kept.get("remove_tags", ())),
        extend_seconds=kept.get("extend_seconds"),
        expires_by=datetime.fromisoformat(by) if by else None,
        shift_taken_minutes=kept.get("shift_taken_minutes"),
        add_to_album=UUID(into) if into else None,
        remove_from_album=UUID(out_of) if out_of else None,
    )


def albums_of(changes: EditChanges) -> tuple[UUID, ...]:
    """The albums that an edit puts something in or takes something out of."""
    return tuple(each for each in (changes.add_to_album, changes.remove_from_album) if each is not None)


def words_of(changes: EditChanges) -> tuple[str, ...]:
    """The tags that an edit puts on."""
    return changes.add_tags if isinstance(changes.set.tags, Unset) else changes.set.tags


def touches_tags(changes: EditChanges) -> bool:
    """Whether an edit changes tags."""
    return bool(words_of(changes) or changes.remove_tags) or not isinstance(changes.set.tags, Unset)


def shortens_lives(changes: EditChanges) -> bool:
    """Whether something may leave sooner by an edit, so that the clock has to be believable."""
    ends = isinstance(changes.set.expires_at, datetime) or changes.expires_by is not None
    return ends or changes.act is Act.TRASH


def lengthens_lives(changes: EditChanges) -> bool:
    """Whether something may leave sooner once an edit is taken back."""
    longer = not isinstance(changes.set.expires_at, Unset) or changes.extend_seconds is not None
    return longer or changes.act is Act.RESTORE
