"""Whether people may sign in with passwords: as the settings say, or for a while because the owner said so.

Where PASSWORD_LOGIN is off and the identity provider is broken, nobody could get in. Whoever runs the server opens
the door with ``scene-sense user open-login``; it shuts by itself.
"""

from datetime import datetime

from appliance.db import open_login
from appliance.db.engine import Database
from appliance.errors import PasswordLoginOff, UsageError
from appliance.settings import Settings

#: Longest time for which the door may be opened, hours.
MOST_HOURS = 72.0


async def is_password_login_open(db: Database, settings: Settings) -> bool:
    """Whether passwords are taken now."""
    return settings.password_login or await open_login.open_until(db) is not None


async def require_password_login(db: Database, settings: Settings) -> None:
    """Nothing, when passwords are taken now.

    Raises:
        PasswordLoginOff: they are not, whoever asks.
    """
    if not await is_password_login_open(db, settings):
        raise PasswordLoginOff


async def open_password_login(db: Database, *, hours: float) -> datetime:
    """When passwords stop being taken again; they are from now on.

    Raises:
        UsageError: the time is out of bounds.
    """
    if not 0 < hours <= MOST_HOURS:
        raise UsageError(
            f"Sign-in with passwords can be opened for more than 0 and at most {MOST_HOURS:g} hours."
        )
    return await open_login.open_for(db, hours=hours)


async def close_password_login(db: Database) -> None:
    """Have the settings decide again, before the time is over."""
    await open_login.close(db)
