"""The models of this machine, working or not, and the library's sets whose models are gone."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from appliance.clip.card import STARTER
from appliance.clip.folder import ModelFolder
from appliance.clip.layouts import read_folder
from appliance.clip.opening import model_root
from appliance.errors import ModelUnavailable
from appliance.library.shelf.places import folder_bytes, list_names
from appliance.library.shelf.provenance import read_provenance
from appliance.records.models import SetStatus
from appliance.records.shelf import Listed, Provenance, Speed
from appliance.settings import Settings


def list_shelf(
    settings: Settings, sets: Sequence[SetStatus] | None, speeds: Mapping[str, Speed]
) -> tuple[Listed, ...]:
    """Every model, the active one first. ``sets`` are the library's, None when it can't be asked.

    Nothing is loaded and nothing is hashed: this is quick, and says what was known when a model was added.

    Raises:
        SettingsError: MODELS_PATH can't be read.
    """
    names = [STARTER, *list_names(settings.models_path)]
    gone = [status.model.name for status in sets or () if status.model.name not in names]
    found = [_listed(name, settings, sets, speeds.get(name)) for name in [*names, *dict.fromkeys(gone)]]
    return tuple(sorted(found, key=lambda item: item.state != "active"))


def _listed(name: str, settings: Settings, sets: Sequence[SetStatus] | None, speed: Speed | None) -> Listed:
    root = model_root(name, settings.models_path)
    note = read_provenance(root)
    own = _set_of(name, sets)
    folder, problem = _read(root)
    state = "" if sets is None else "unused"
    if own is not None:
        state = "active" if own.active else str(own.model.state)
    return Listed(
        name=name,
        path=str(root),
        state=state,
        set=own,
        identity=note.identity if note else own.model.identity if own else "",
        dimension=_dimension(folder, note, own),
        precision=note.precision
        if note
        else own.model.precision
        if own
        else folder.precision
        if folder
        else "",
        languages=(folder.languages if folder else ()) or (note.languages if note else ()),
        licence=(folder.licence if folder else "") or (note.licence if note else ""),
        bytes=folder_bytes(root) if root.is_dir() else 0,
        source=note.source if note else "built in" if name == STARTER else "",
        speed=speed,
        problem=problem,
    )


def _set_of(name: str, sets: Sequence[SetStatus] | None) -> SetStatus | None:
    """The set that matters of those with this name: the active one, else the one that was made last."""
    own = [status for status in sets or () if status.model.name == name]
    active = [status for status in own if status.active]
    return active[0] if active else own[-1] if own else None


def _read(root: Path) -> tuple[ModelFolder | None, str]:
    try:
        return read_folder(root), ""
    except ModelUnavailable as error:
        return None, error.message
    except OSError as error:
        return None, f"{error.filename or root} can't be read: {error.strerror}."


def _dimension(folder: ModelFolder | None, note: Provenance | None, own: SetStatus | None) -> int | None:
    if note is not None:
        return note.dimension
    return own.model.dimension if own is not None else folder.dimension if folder is not None else None
