"""Changes of accounts that only an administrator may make, made by somebody who is one at that very moment.

A request is let in by the role that its caller has when it comes. Until it makes its change, another may have taken
that role away or disabled the account, and what was taken away must not be used once more: not to take it back, and
not to make somebody else an administrator. So the change asks again, under the lock under which roles change.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from appliance.db import accounts, people
from appliance.db.engine import Database
from appliance.errors import Forbidden, Unauthenticated
from appliance.records.accounts import Role


@asynccontextmanager
async def administering(db: Database, actor: UUID | None) -> AsyncIterator[None]:
    """A transaction as :func:`people.admins_held`, of somebody who administers for as long as it lasts.

    ``actor`` is None where whoever asks has the machine itself.

    Raises:
        Unauthenticated: the account was disabled or deleted meanwhile.
        Forbidden: it does not administer any more.
    """
    async with people.admins_held(db):
        if actor is not None:
            user = await accounts.find(db, actor)
            if user is None or user.disabled_at is not None:
                raise Unauthenticated
            if user.role is not Role.ADMIN:
                raise Forbidden(f"The role {user.role} may not do this.")
        yield
