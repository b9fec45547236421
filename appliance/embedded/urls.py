"""Where this installation's PostgreSQL and Valkey are: as configured, else the embedded ones."""

import re

from appliance.embedded.postgres import Postgres
from appliance.embedded.valkey import Valkey
from appliance.errors import DatabaseUnavailable
from appliance.settings import Settings


def embedded_postgres(settings: Settings) -> Postgres:
    """The launcher of this data folder's PostgreSQL; nothing is started."""
    return Postgres(settings.data_path / "embedded" / "postgres")


def embedded_valkey(settings: Settings) -> Valkey:
    """The launcher of this data folder's Valkey; nothing is started."""
    return Valkey(settings.data_path / "embedded" / "valkey")


def urls(settings: Settings) -> tuple[str, str]:
    """The URLs of the database and of the queue.

    A queue that is away is no error here: without it everything but the wake-up of workers goes on.

    Raises:
        DatabaseUnavailable: the database would be the embedded one, and it is not running.
    """
    if settings.database_url is not None:
        database = settings.database_url.get_secret_value()
    else:
        server = embedded_postgres(settings)
        if not server.running():
            raise DatabaseUnavailable(
                f"The embedded database of {settings.data_path} is not running; start it with `scene-sense up`."
            )
        database = server.url
    return database, queue_url(settings)


def queue_url(settings: Settings) -> str:
    """The URL of the queue, whether it runs or not."""
    if settings.redis_url is None:
        return embedded_valkey(settings).url
    # The client knows Valkey by the older name.
    return re.sub(r"^valkey", "redis", settings.redis_url.get_secret_value())
