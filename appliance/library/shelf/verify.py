"""Looks at every byte of a model again: against the note from when it was added, against the library, and by use."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from appliance.clip.card import STARTER
from appliance.clip.catalogue import read_catalogue
from appliance.clip.identity import file_digests, identity_of
from appliance.clip.opening import model_root
from appliance.errors import ModelUnavailable, NotFound, Unavailable
from appliance.library.shelf.places import list_names
from appliance.library.shelf.provenance import read_provenance
from appliance.library.shelf.trial import try_model
from appliance.records.models import SetStatus
from appliance.records.shelf import Verified
from appliance.settings import Settings


def names_to_verify(wanted: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """The models asked for, all of them when none is.

    Raises:
        NotFound: there is no folder of such a name.
    """
    there = (STARTER, *list_names(settings.models_path))
    for name in wanted:
        if name not in there:
            raise NotFound(f"There is no model {name} in {settings.models_path}; it has {', '.join(there)}.")
    return tuple(wanted) or there


def verify(name: str, settings: Settings, sets: Sequence[SetStatus] | None) -> Verified:
    """What is wrong with the model's files. ``sets`` are the library's, None when it can't be asked. Blocks.

    Raises:
        SettingsError: no ONNX Runtime that the settings ask for is installed.
        Unavailable: its files can't be read.
    """
    root = model_root(name, settings.models_path)
    try:
        digests = file_digests(root)
    except OSError as error:
        raise Unavailable(f"{error.filename or root} can't be read: {error.strerror}.") from error
    found = identity_of(digests)
    compared: list[str] = []
    problems: list[str] = []
    note = read_provenance(root)
    if note is not None:
        compared.append(f"its files when it was added, {note.added_at:%Y-%m-%d}")
        problems += _differences(note.files, digests)
    preset = read_catalogue().find(name)
    if preset is not None and preset.built_in:
        compared.append("what this release was made with")
        if preset.identity != found:
            problems.append("its files are not those of this release; install it again")
    own = [status for status in sets or () if status.model.name == name]
    if own:
        compared.append("the library's vectors")
        if not any(status.model.identity.partition("+")[0] == found for status in own):
            problems.append("the library's vectors were made with other files of this name; put those back")
    problems += _by_use(name, root, settings)
    compared.append("use: both encoders")
    return Verified(name=name, identity=found, compared_with=tuple(compared), problems=tuple(problems))


def _differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    said = [f"{name} is missing" for name in then if name not in now]
    said += [f"{name} was not there" for name in now if name not in then]
    said += [f"{name} has changed" for name in now if name in then and then[name] != now[name]]
    return sorted(said)


def _by_use(name: str, root: Path, settings: Settings) -> list[str]:
    try:
        try_model(name, root, settings)
    except ModelUnavailable as error:
        return [error.message]
    return []
