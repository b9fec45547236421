"""Takes a model off the shelf, when the library does not need it."""

from collections.abc import Sequence
from pathlib import Path

from appliance.clip.card import STARTER
from appliance.errors import Conflict, NotFound, UsageError
from appliance.library.shelf.places import folder_bytes, locked, part_folder, take_away
from appliance.records.models import SetState, SetStatus
from appliance.settings import Settings

#: Sets in these states get vectors, for which the model is needed.
_IN_USE = frozenset({SetState.FILLING, SetState.READY})


def remove(name: str, settings: Settings, sets: Sequence[SetStatus]) -> int:
    """How many bytes were freed: those of the model, and of what an interrupted download of it has left.

    Raises:
        UsageError: it is the built-in one.
        NotFound: there is nothing of it.
        Conflict: the library uses it.
        Busy: another call is changing the shelf.
    """
    if name == STARTER:
        raise UsageError("The starter model is part of the program and stays.")
    used = [status for status in sets if status.model.name == name]
    if any(status.active for status in used):
        raise Conflict(f"{name} answers searches; switch to another model first, then drop its set.")
    if any(status.model.state in _IN_USE for status in used):
        raise Conflict(
            f"The library keeps a set of {name} up; let it go first: `scene-sense model drop {name}`, or"
            f" `scene-sense model pause {name}` to keep its vectors as they are."
        )
    root = settings.models_path
    # An empty name would be the shelf itself.
    if not name or Path(name).name != name or name.startswith(".") or not root.is_dir():
        raise NotFound(f"There is no model {name!r} in {root}.")
    with locked(root):
        there = [path for path in (root / name, part_folder(root, name)) if path.is_dir()]
        if not there:
            raise NotFound(f"There is no model {name!r} in {root}.")
        freed = sum(folder_bytes(path) for path in there)
        for path in there:
            take_away(path)
    return freed
