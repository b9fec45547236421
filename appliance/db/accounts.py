"""Accounts: who there is, and the first one."""

from uuid import UUID, uuid4

from appliance.db.engine import Database, Row
from appliance.records.accounts import Role, User

#: Advisory lock under which the first account is made. Any number, as long as every release uses the same one.
_FIRST_ACCOUNT_LOCK = 7203561

_COLUMNS = "id, name, role, created_at, disabled_at"


def user_from(row: Row) -> User:
    """The record of an account's row."""
    return User(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
    )


async def any_account(db: Database) -> bool:
    """Whether somebody has set this appliance up."""
    row = await db.fetch_one("SELECT EXISTS (SELECT FROM account) AS found")
    return bool(row and row["found"])


async def insert_first(db: Database, *, name: str, password_hash: str, role: Role) -> User | None:
    """The first account, or None when there was one already; of two at the same time one is the first."""
    async with db.transaction():
        await db.fetch("SELECT pg_advisory_xact_lock({})", _FIRST_ACCOUNT_LOCK)
        if await any_account(db):
            return None
        return await insert(db, name=name, password_hash=password_hash, role=role)


async def insert(db: Database, *, name: str, password_hash: str | None, role: Role) -> User:
    """A new account."""
    rows = await db.fetch(
        f"INSERT INTO account (id, name, password_hash, role) VALUES ({{}}, {{}}, {{}}, {{}}) RETURNING {_COLUMNS}",  # noqa: S608
        uuid4(),
        name,
        password_hash,
        role.value,
    )
    return user_from(rows[0])


async def find_by_name(db: Database, name: str) -> tuple[User, str | None] | None:
    """The account of this name, upper and lower case being the same, and its password hash."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS}, password_hash FROM account WHERE lower(name) = lower({{}})",  # noqa: S608
        name,
    )
    return (user_from(row), row["password_hash"]) if row else None


async def find(db: Database, user_id: UUID) -> User | None:
    """The account of this id."""
    row = await db.fetch_one(f"SELECT {_COLUMNS} FROM account WHERE id = {{}}", user_id)  # noqa: S608
    return user_from(row) if row else None


async def find_first_admin(db: Database) -> User | None:
    """The oldest account that runs the appliance; what is done on the server itself is done in its name."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM account WHERE role = 'admin' AND disabled_at IS NULL "  # noqa: S608
        "ORDER BY created_at, id LIMIT 1"
    )
    return user_from(row) if row else None


async def set_password_hash(db: Database, user_id: UUID, password_hash: str) -> None:
    """Replace the hash, for example by one with today's parameters."""
    await db.fetch("UPDATE account SET password_hash = {} WHERE id = {}", password_hash, user_id)
