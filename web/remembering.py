"""What a person looked for is remembered for them; what a script with a key looks for is not."""

import logging

from starlette.requests import HTTPConnection

from appliance.db.engine import Database
from appliance.errors import Unavailable
from appliance.library.recent_searches import remember
from web.state import Caller

log = logging.getLogger(__name__)


async def remember_for(db: Database, caller: Caller | None, text: str, *, asked: HTTPConnection) -> None:
    """Remember this search of the caller's; an answer is never lost to it.

    What a browser says that another page made it look for is not what the person looked for.
    """
    if caller is None or caller.via == "key":
        return
    if asked.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return
    try:
        await remember(db, caller.viewer, text)
    except Unavailable:
        log.warning("a search is not remembered: the database is away")
