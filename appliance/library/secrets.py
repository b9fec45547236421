"""Secrets that the appliance makes itself: files in ``secrets``, for their owner alone."""

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from appliance.errors import SettingsError
from appliance.settings import Settings


def secrets_folder(settings: Settings) -> Path:
    """The folder of the secrets, made when it is missing. Blocking.

    Raises:
        SettingsError: it can't be made.
    """
    folder = settings.data_path / "secrets"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"The folder {folder} can't be made: {error.strerror}") from error
    return folder


def read_secret(path: Path) -> tuple[str, datetime] | None:
    """The secret in this file and when it was made; None when there is none. Blocking."""
    try:
        made = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The secret in {path} can't be read: {error}") from error
    return (text, made) if text else None


def write_secret(path: Path) -> str:
    """A new secret of 256 bits, in this file from now on; readers see the old one or the new one. Blocking."""
    secret = secrets.token_urlsafe(32)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SettingsError(f"The secret in {path} can't be written: {error.strerror}") from error
    return secret


def jwt_secret(settings: Settings) -> str:
    """The key of bearer tokens: the configured one, else one made at the first start and kept. Blocking.

    Raises:
        SettingsError: the file can't be read or made.
    """
    if settings.jwt_secret is not None:
        return settings.jwt_secret.get_secret_value()
    return _made_once(settings, "jwt-secret")


def device_secret(settings: Settings) -> str:
    """The key of what browsers note about who signed in there, made at the first start and kept. Blocking.

    Raises:
        SettingsError: the file can't be read or made.
    """
    return _made_once(settings, "device-secret")


def id_token_secret(settings: Settings) -> str:
    """The key that providers' tokens are encrypted with, made when it is first needed and kept. Blocking.

    Raises:
        SettingsError: the file can't be read or made.
    """
    return _made_once(settings, "id-token-key")


def _made_once(settings: Settings, name: str) -> str:
    path = secrets_folder(settings) / name
    kept = read_secret(path)
    return kept[0] if kept else write_secret(path)
