"""Where the settings come from, and one refusal that lists everything wrong with them.

``load`` reads, later ones winning: the defaults, an env file, the environment. A secret may come from a file instead:
``NAME_FILE`` names it, and in systemd's credentials folder a file ``NAME`` or ``scene-sense.NAME`` counts as well.
Names that are not settings are refused: all of them in an env file, and in the environment those that begin like one
of ours.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from appliance.errors import SettingsError
from appliance.settings.fields import Settings, default_data_path

#: The settings whose values never appear in a message or a log, and which may come from a file.
SECRETS = frozenset(
    {"DATABASE_URL", "REDIS_URL", "JWT_SECRET", "CLIP_SERVER_KEY", "ENCODER_KEY", "OIDC_CLIENT_SECRET"}
)

#: The settings that name folders.
_FOLDERS = ("DATA_PATH", "STORAGE_PATH", "CACHE_PATH", "MODELS_PATH")

#: Where the command line finds a server and its key, when it works on a library elsewhere. Not settings of one.
CLIENT_SERVER = "SCENE_SENSE_SERVER"
CLIENT_KEY = "SCENE_SENSE_KEY"

#: An environment variable that begins like this and is not a setting is a typing error.
_OUR_PREFIXES = ("JWT_", "CLIP_", "SCENE_SENSE_", "OIDC_", "ENCODER_")

#: What only the command line reads, when it speaks to a server elsewhere.
CLIENT_NAMES = frozenset({"SCENE_SENSE_SERVER", "SCENE_SENSE_KEY"})


def load(
    environment: Mapping[str, str] | None = None, *, env_file: Path | None = None, **overrides: Any
) -> Settings:
    """The settings of this process. ``overrides`` are names in upper case that win over everything; None is ignored.

    Raises:
        SettingsError: everything that is wrong, one line each.
    """
    environment = os.environ if environment is None else environment
    names = {field.upper() for field in Settings.model_fields}
    problems: list[str] = []
    values = _read_env_file(env_file, names, problems) if env_file else {}
    for name, value in environment.items():
        if name in names or _secret_of(name):
            values[name] = value
        elif name.startswith(_OUR_PREFIXES) and name not in CLIENT_NAMES:
            problems.append(f"{name} is not a setting of Scene-Sense")
    _read_secret_files(values, environment, problems)
    given = {name: value for name, value in overrides.items() if value is not None}
    relative = _list_relative({name: value for name, value in values.items() if name not in given})
    values.update(given)
    present: dict[str, Any] = {name: value for name, value in values.items() if value != ""}
    present.setdefault("DATA_PATH", default_data_path(environment))
    try:
        settings = Settings.model_validate(present)
    except ValidationError as error:
        problems += [
            f"{'.'.join(str(part) for part in item['loc']) or 'settings'}: "
            f"{item['msg'].removeprefix('Value error, ')}"
            for item in error.errors()
        ]
    if problems:
        raise SettingsError("\n".join(problems))
    settings._relative = relative
    return settings


def _list_relative(values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in _FOLDERS if values.get(name) and not values[name].startswith(("/", "~")))


def _secret_of(name: str) -> str | None:
    secret = name.removesuffix("_FILE")
    return secret if name.endswith("_FILE") and secret in SECRETS else None


def _read_env_file(path: Path, names: set[str], problems: list[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"the env file {path} can't be read: {error}")
        return values
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, separator, value = text.removeprefix("export ").partition("=")
        name = name.strip()
        if not separator:
            problems.append(f"{path}:{number} is not NAME=value")
        elif name not in names and not _secret_of(name):
            # A secret that was wrapped onto a line of its own is no name.
            shown = name if re.fullmatch(r"[A-Za-z_]\w{0,39}", name) else "what stands before the ="
            problems.append(f"{path}:{number}: {shown} is not a setting of Scene-Sense")
        else:
            values[name] = re.sub(r"""^(['"])(.*)\1$""", r"\2", value.strip())
    return values


def _credential(secret: str, folder: str | None) -> Path | None:
    """The file that systemd gave for this secret, under its name here or under its name among all credentials."""
    names = (secret, f"scene-sense.{secret}") if folder else ()
    return next((path for name in names if (path := Path(folder or "") / name).exists()), None)


def _read_secret_files(values: dict[str, str], environment: Mapping[str, str], problems: list[str]) -> None:
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    for secret in sorted(SECRETS):
        named = values.pop(f"{secret}_FILE", None)
        path = Path(named) if named else _credential(secret, credentials)
        if path is None:
            continue
        if named and values.get(secret):
            problems.append(f"{secret} and {secret}_FILE are both set; keep one")
            continue
        try:
            values[secret] = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{secret}_FILE: {path} can't be read: {error}")
