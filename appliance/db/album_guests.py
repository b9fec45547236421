"""What people have in each other's albums when they may no longer, and when one of them leaves.

Nobody sees anything in the end that they did not see before: what an album held without lending it is not lent
because its asset or the album changes hands.
"""

from collections.abc import Sequence
from uuid import UUID

from appliance.db.engine import Database


async def drop_guests(db: Database, album_ids: Sequence[UUID]) -> int:
    """How many assets left these albums, as those who put them there may not add any more.

    Needs :func:`~appliance.db.albums.lock_albums`.
    """
    rows = await db.fetch(
        """
        DELETE FROM album_asset x USING album b
        WHERE b.id = x.album AND b.id = ANY({}::uuid[]) AND x.added_by <> b.owner AND NOT EXISTS (
            SELECT FROM share s WHERE s.album = b.id AND s.may = 'add'
                AND (s.subject = x.added_by OR s.subject IS NULL)
        )
        RETURNING x.id
        """,
        list(album_ids),
    )
    return len(rows)


async def list_concerned(db: Database, people: Sequence[UUID]) -> tuple[UUID, ...]:
    """The ids of these people's albums, and of those that they have put something into."""
    rows = await db.fetch(
        "SELECT id FROM album WHERE owner = ANY({}::uuid[])"
        " UNION SELECT album FROM album_asset WHERE added_by = ANY({}::uuid[])",
        list(people), list(people),
    )  # fmt: skip
    return tuple(row["id"] for row in rows)


async def hand_over_albums(db: Database, leaving: UUID, receiver: UUID) -> None:
    """Make a person's albums the receiver's, before their assets and shares are.

    1. A rule is about the library of who made it: of another one it could show anything, so these albums go.
    2. What the leaver put into third people's albums leaves them; so does what third people added to the leaver's.
    3. What the leaver lent in albums of the two the receiver lends. All else in these nobody lends until somebody who
       may puts it there anew.
    """
    await db.fetch("DELETE FROM album WHERE owner = {} AND rule IS NOT NULL", leaving)
    await db.fetch(
        "DELETE FROM album_asset x USING album b WHERE b.id = x.album AND x.added_by = {}"
        " AND b.owner <> {} AND b.owner <> {}",
        leaving, leaving, receiver,
    )  # fmt: skip
    await db.fetch(
        "DELETE FROM album_asset x USING album b WHERE b.id = x.album AND b.owner = {}"
        " AND x.added_by <> {} AND x.added_by <> {}",
        leaving, leaving, receiver,
    )  # fmt: skip
    await db.fetch(
        """
        UPDATE album_asset x SET added_by = CASE WHEN x.added_by = a.owner THEN {}::uuid END
        FROM album b, asset a
        WHERE b.id = x.album AND a.id = x.asset AND (b.owner = {} OR b.owner = {})
          AND (x.added_by = {} OR (x.added_by = {} AND a.owner = {}))
        """,
        receiver, leaving, receiver, leaving, receiver, leaving,
    )  # fmt: skip
    await db.fetch("UPDATE album SET owner = {} WHERE owner = {}", receiver, leaving)


async def end_shares_of_rules(db: Database, owner: UUID) -> int:
    """How many shares of a person's albums with a rule ended.

    What somebody else leaves them may meet one of these rules, and was never meant for whom these are shared with.
    """
    rows = await db.fetch(
        "DELETE FROM share s USING album b WHERE b.id = s.album AND b.owner = {} AND b.rule IS NOT NULL"
        " RETURNING s.id",
        owner,
    )
    return len(rows)
