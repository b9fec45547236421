"""Somebody leaves, as the command line has it."""

from uuid import UUID

from appliance.library.leaving import delete_person
from appliance.records.people import Fate, Left
from tests.support.web import Web


async def transfer(web: Web, leaver: UUID, heir: UUID) -> Left:
    return await delete_person(
        web.db, web.context.appliance.store, leaver,
        fate=Fate.TRANSFER, receiver_id=heir, trash_days=30, actor=None,
    )  # fmt: skip


async def trash(web: Web, leaver: UUID) -> Left:
    return await delete_person(
        web.db, web.context.appliance.store, leaver, fate=Fate.TRASH, trash_days=30, actor=None
    )
