"""Lets people into a folder or an album, and out of it: what both have in common."""

from uuid import UUID

from appliance.db import shares
from appliance.db.engine import Database
from appliance.errors import NotFound, UsageError
from appliance.records.accounts import Viewer
from appliance.records.sharing import Share, Shared, SharedMay


def check_subject(viewer: Viewer, shared: Shared, subject: UUID | None) -> None:
    """Nothing, where something of the viewer's may be shared with this person.

    Raises:
        UsageError: they are the viewer themselves.
    """
    if subject == viewer.user_id:
        raise UsageError(f"{_THIS[shared.kind]} can't be shared with its owner.")


async def put_share(
    db: Database, viewer: Viewer, shared: Shared, *, subject: UUID | None, may: SharedMay
) -> tuple[Share, bool]:
    """The share of something of the viewer's own with somebody, which lets them do ``may`` now; whether it is new.

    Whoever lost the right to add by it is for the caller to see to, in the same transaction.

    Raises:
        NotFound: there is no such person.
    """
    if subject is not None and not await shares.is_person(db, subject):
        raise NotFound("There is no such person.")
    return await shares.put_share(db, shared, owner=viewer.user_id, subject=subject, may=may)


async def delete_share(db: Database, shared: Shared, share_id: UUID) -> None:
    """The share ends. Whoever lost the right to add by it is for the caller to see to, in the same transaction.

    Raises:
        NotFound: there is no such share of this.
    """
    if not await shares.delete_share(db, shared, share_id):
        raise NotFound(f"There is no such share of this {shared.kind}.")


_THIS = {"folder": "A folder", "album": "An album"}
