"""Notices at a start which settings are others than at the start before, for the audit log."""

import hashlib

from pydantic import SecretStr

from appliance.db import audit, seen_settings
from appliance.db.engine import Database
from appliance.settings import Settings


async def record_changed_settings(db: Database, settings: Settings) -> None:
    """Leave a row with the names of what was changed since the last start, and remember how it is now.

    Neither values nor anything made from a secret's are kept: of a secret, only whether there is one.
    """
    seen = {name.upper(): _digest(getattr(settings, name)) for name in sorted(type(settings).model_fields)}
    before = await seen_settings.exchange(db, seen)
    if before is None:
        return
    changed = [name for name in seen if before.get(name, seen[name]) != seen[name]]
    if changed:
        await audit.record(db, action="settings.change", object=", ".join(changed))


def _digest(value: object) -> str:
    if isinstance(value, SecretStr):
        return "set"
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]
