"""A library of any size for the timeline, made in SQL: one person's pictures of twenty years, and a friend's."""

from uuid import UUID, uuid4

from appliance.db.engine import Database

#: Tables whose statistics and visibility maps a large library has.
_TABLES = ("asset", "folder", "tag", "asset_tag", "account", "change")


async def fill(db: Database, person: UUID, count: int) -> UUID:
    """``count`` pictures of this person, and a tenth of that of a friend's, whose id is given; nothing is shared.

    Dates over twenty years, 2 % without one, 1 % in the trash; 200 folders, 100 tags and 12 cameras; the colours
    are random, which packs worse than those of photos.
    """
    friend = uuid4()
    await db.fetch("INSERT INTO account (id, name, role) VALUES ({}, 'a friend', 'member')", friend)
    for owner, number in ((person, count), (friend, count // 10)):
        await _folders(db, owner)
        await _assets(db, owner, number)
        await _tags(db, owner)
    # They have no files, and nothing is to be done with them.
    await db.fetch(
        "INSERT INTO job (asset, kind, model, state)"
        " SELECT a.id, 'embed', m.model, 'done' FROM asset a, active_model m"
    )
    await analyse(db)
    return friend


async def share(db: Database, friend: UUID, person: UUID) -> None:
    """Half of the friend's folders, for the person to look at."""
    await db.fetch(
        "INSERT INTO share (id, owner, subject, folder, may) SELECT gen_random_uuid(), {}, {}, id, 'view'"
        " FROM folder WHERE owner = {} AND parent IS NULL ORDER BY path LIMIT 10",
        friend, person, friend,
    )  # fmt: skip
    await db.ddl("VACUUM ANALYZE share")


async def analyse(db: Database) -> None:
    """What the server's own maintenance does after a while."""
    for table in _TABLES:
        await db.ddl(f"VACUUM ANALYZE {table}")


async def _folders(db: Database, owner: UUID) -> None:
    await db.fetch(
        """
        WITH top AS (
            INSERT INTO folder (id, owner, name, path)
            SELECT gen_random_uuid(), {}, 'top ' || n, 'top ' || n FROM generate_series(1, 20) n
            RETURNING id, owner, path
        )
        INSERT INTO folder (id, owner, parent, name, path)
        SELECT gen_random_uuid(), top.owner, top.id, 'part ' || n, top.path || '/part ' || n
        FROM top, generate_series(1, 9) n
        """,
        owner,
    )


async def _assets(db: Database, owner: UUID, count: int) -> None:
    await db.fetch(
        """
        WITH place AS (SELECT array_agg(id ORDER BY path) AS ids FROM folder WHERE owner = {}),
        dice AS (
            SELECT n, random() AS age, random() AS fate, (random() * 10)::int AS shape FROM generate_series(1, {}) n
        )
        INSERT INTO asset (id, owner, folder, filename, sha256, bytes, mime, kind, width, height, taken_at,
            taken_offset_minutes, uploaded_at, camera, thumbhash, mean_color, favourite, rating, expires_at, state,
            trashed_at, purge_after)
        SELECT gen_random_uuid(), {}, CASE WHEN n % 5 > 0 THEN place.ids[1 + n % 200] END, 'IMG_' || n || '.jpg',
            sha256(n::text::bytea), 3000000, CASE WHEN n % 7 = 0 THEN 'image/heic' ELSE 'image/jpeg' END, 'image',
            (ARRAY[4032, 3024, 4000, 6000, 1080, 12000])[1 + shape % 6],
            (ARRAY[3024, 4032, 3000, 4000, 1920, 3000])[1 + shape % 6],
            CASE WHEN fate > 0.02 THEN timestamp '2026-11-01' - interval '20 years' * age END, 60,
            timestamptz '2026-11-01 00:00Z' - interval '20 years' * age, 'Camera ' || n % 12,
            decode(md5(n::text) || 'abcdef012345678901', 'hex'), (random() * 16777215)::int, n % 50 = 0,
            CASE WHEN n % 20 = 0 THEN 1 + n % 5 END, CASE WHEN n % 100 = 0 THEN now() + interval '30 days' END,
            CASE WHEN fate < 0.99 THEN 'active' ELSE 'trashed' END, CASE WHEN fate >= 0.99 THEN now() END,
            CASE WHEN fate >= 0.99 THEN now() + interval '30 days' END
        FROM dice, place
        """,
        owner, count, owner,
    )  # fmt: skip


async def _tags(db: Database, owner: UUID) -> None:
    await db.fetch(
        "INSERT INTO tag (id, owner, name) SELECT gen_random_uuid(), {}, 'word ' || n FROM generate_series(1, 100) n",
        owner,
    )
    await db.fetch(
        """
        INSERT INTO asset_tag (asset, tag)
        SELECT a.id, t.id FROM asset a JOIN tag t ON t.owner = a.owner
            AND t.name = 'word ' || (1 + abs(hashtextextended(a.id::text, 2)) % 200)
        WHERE a.owner = {}
        """,
        owner,
    )
