"""Files that were refused for good, written down for their people."""

from uuid import UUID

from appliance.db import rejected
from appliance.db.engine import Database
from appliance.errors import QuotaExceeded, RejectedFile
from appliance.media.names import safe_filename


async def write_down(db: Database, owner: UUID, filename: str, size: int, error: RejectedFile) -> None:
    """Keep why this file of ``size`` bytes was refused, where that is the file's own fault."""
    if isinstance(error, QuotaExceeded):
        return
    await rejected.add(
        db, owner, filename=safe_filename(filename), size=size, code=error.code, text=error.message
    )
