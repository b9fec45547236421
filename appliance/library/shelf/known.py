"""What the library says of its sets, for verbs that have to work without it as well."""

import logging

from appliance.db.engine import open_database
from appliance.db.migrate import schema_state
from appliance.db.sets import get_status
from appliance.embedded.urls import urls
from appliance.errors import DatabaseUnavailable
from appliance.records.models import SetStatus
from appliance.settings import Settings

log = logging.getLogger(__name__)


async def find_sets(settings: Settings) -> tuple[SetStatus, ...] | None:
    """All sets of the library, the active one first; None when it can't be asked now."""
    try:
        url, _ = urls(settings)
        async with open_database(url, pool_size=1) as database:
            schema = await schema_state(database)
            if not schema.applied:
                return ()
            if schema.pending or schema.unknown:
                log.warning("the database is of another release, and is not asked")
                return None
            return await get_status(database)
    except DatabaseUnavailable:
        return None
