"""What each part of a filter lets through, of one's own and of what others share; and nothing besides."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from appliance.db.assets import list_assets
from appliance.db.engine import Database, open_database
from appliance.db.filters import to_sql
from appliance.db.folders import ensure_folder
from appliance.db.visibility import searchable, visible_to
from appliance.library.query_meaning import read_meaning
from appliance.records.accounts import Role, Sight, Viewer
from appliance.records.search import Filter
from tests.support.rows import add_asset, add_many, add_person
from tests.support.services import Cluster

TODAY = date(2026, 11, 29)


@dataclass(frozen=True)
class Home:
    """ada's pictures, of which bob may see what lies below ``Private/Shared``, and one that is bob's."""

    db: Database
    ada: Viewer
    bob: Viewer

    async def names(self, viewer: Viewer, where: Filter) -> set[str]:
        return {asset.filename[0] for asset in await list_assets(self.db, viewer, where=where, limit=100)}

    async def found(self, viewer: Viewer, query: str) -> str:
        """The first letters of the names of what a query's filters let through."""
        read = read_meaning(query, today=TODAY)
        assert (read.terms, read.flaws) == ((), ())
        return "".join(sorted(await self.names(viewer, read.where)))


async def put(db: Database, owner: UUID, name: str, folder: UUID | None, **columns: Any) -> UUID:
    asset = await add_asset(db, owner, filename=name)
    await db.fetch("UPDATE asset SET folder = {} WHERE id = {}", folder, asset)
    for column, value in columns.items():
        await db.fetch(f"UPDATE asset SET {column} = {{}} WHERE id = {{}}", value, asset)  # noqa: S608
    return asset


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(cluster: Cluster) -> AsyncIterator[Home]:
    url = cluster.clone()
    try:
        async with open_database(url, pool_size=2) as db:
            yield await _furnished(db)
    finally:
        cluster.drop(url)


async def _furnished(db: Database) -> Home:
    ada, bob = await add_person(db, "Ada"), replace(await add_person(db, "bob"), role=Role.MEMBER)
    top = await ensure_folder(db, ada.user_id, "Private")
    shared = await ensure_folder(db, ada.user_id, "Private/Shared")
    deep = await ensure_folder(db, ada.user_id, "Private/Shared/Été 2020")
    other = await ensure_folder(db, ada.user_id, "Other/Shared-not")
    bobs = await ensure_folder(db, bob.user_id, "ete 2020")
    soon = datetime.now(UTC) + timedelta(days=3)
    a = await put(db, ada.user_id, "a-CAFÉ.jpg", top, camera="Canon EOS R5", lens="RF 50mm", bytes=6_000_000)
    b = await put(
        db, ada.user_id, "b-Straße.jpg", shared, camera="Léica Q2", width=3, height=4, expires_at=soon
    )
    await put(
        db,
        ada.user_id,
        "c_100%.heic",
        deep,
        mime="image/heic",
        width=4000,
        height=4000,
        uploaded_at=datetime(2020, 5, 3, tzinfo=UTC),
        taken_at=datetime(2019, 12, 31, 23, 59),  # noqa: DTZ001
    )
    await put(db, ada.user_id, "d.jpg", other, taken_at=datetime(2021, 1, 1), camera="canon PowerShot")  # noqa: DTZ001
    await put(db, ada.user_id, "e.jpg", None, favourite=True, rating=4)
    await put(db, bob.user_id, "f.jpg", bobs, camera="Canon EOS R5", expires_at=soon + timedelta(days=30))
    await db.fetch(
        "INSERT INTO share (id, owner, subject, folder) VALUES (gen_random_uuid(), {}, {}, {})",
        ada.user_id, bob.user_id, shared,
    )  # fmt: skip
    for asset, name in ((a, "sea/deep"), (b, "sea"), (b, "work")):
        await db.fetch(
            "INSERT INTO tag (id, owner, name) VALUES (gen_random_uuid(), {}, {}) ON CONFLICT DO NOTHING",
            ada.user_id, name,
        )  # fmt: skip
        await db.fetch(
            "INSERT INTO asset_tag (asset, tag) SELECT {}, id FROM tag WHERE owner = {} AND name = {}",
            asset, ada.user_id, name,
        )  # fmt: skip
    for owner, asset, name in ((ada, a, "Réunion"), (ada, b, "Réunion"), (bob, b, "reunion")):
        await db.fetch(
            """
            WITH made AS (INSERT INTO album (id, owner, name) VALUES (gen_random_uuid(), {}, {}) RETURNING id)
            INSERT INTO album_asset (album, asset, added_by) SELECT id, {}, {} FROM made
            """,
            owner.user_id, name, asset, owner.user_id,
        )  # fmt: skip
    return Home(db, ada, bob)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("query", "of_ada", "of_bob"),
    [
        ("", "abcde", "bcf"),
        ("name:cafe", "a", ""),
        ("name:STRASSE,straße", "b", "b"),
        ("name:_1", "c", "c"),
        ("name:0%", "c", "c"),
        ("camera:canon", "ad", "f"),
        ("camera:leica", "b", "b"),
        ('camera:"=Canon EOS R5"', "a", "f"),
        ('camera:""', "ce", "c"),
        ("-camera:canon", "bce", "bc"),
        ("lens:50MM", "a", ""),
        ("-lens:50MM", "bcde", "bcf"),
        ("larger:6MB", "a", ""),
        ("smaller:1kB", "bcde", "bcf"),
        ("larger:16MP", "c", "c"),
        ("smaller:12px", "abde", "bf"),
        ("orientation:square", "c", "c"),
        ("orientation:portrait", "b", "b"),
        ("orientation:landscape", "ade", "f"),
        ("orientation:square,portrait", "bc", "bc"),
        ("owner:me", "abcde", "f"),
        ("owner:ada", "abcde", "bc"),
        ("owner:bob", "", "f"),
        ("-owner:me", "", "bc"),
        ("owner:nobody", "", ""),
        ("is:expiring", "b", "bf"),
        ("-is:expiring", "acde", "c"),
        ("expires:7d", "b", "b"),
        ("expires:9w", "b", "bf"),
        ("expires:2000", "", ""),
        ("expires:9999", "b", "bf"),
        ("uploaded:2020", "c", "c"),
        ("uploaded:2020-05-03", "c", "c"),
        ("uploaded:2020-05-04..", "abde", "bf"),
        ("uploaded:..9999", "abcde", "bcf"),
        ("year:2019", "c", "c"),
        ("year:2019,2021", "cd", "c"),
        ("year:2019..2021", "cd", "c"),
        ("before:2020", "c", "c"),
        ("after:2020-12-31 before:2022", "d", ""),
        ("is:untagged", "cde", "cf"),
        ("tag:sea", "ab", "b"),
        ("tag:SEA,work", "ab", "b"),
        ("tag:sea tag:work", "b", "b"),
        ("tag:sea -tag:work", "a", ""),
        ("-tag:sea,work", "cde", "cf"),
        ("folder:private", "abc", ""),
        ("folder:shared", "bc", "bc"),
        ("folder:private/SHARED", "bc", ""),
        ('folder:"ete 2020"', "c", "cf"),
        ('folder:"shared/Été 2020"', "c", "c"),
        ("folder:hared", "", ""),
        ("folder:/Private/Shared", "bc", ""),
        ("-folder:shared", "ade", "f"),
        ("album:reunion", "ab", "b"),
        ("-album:RÉUNION", "cde", "cf"),
        ("type:heic", "c", "c"),
        ("is:favourite", "e", ""),
        ("rating:4", "e", ""),
    ],
)
async def test_a_filter_lets_through_what_it_says_of_what_a_person_may_see(
    home: Home, query: str, of_ada: str, of_bob: str
) -> None:
    assert (await home.found(home.ada, query), await home.found(home.bob, query)) == (of_ada, of_bob)


async def test_who_is_not_let_into_folders_of_others_finds_their_own_by_name(home: Home) -> None:
    alone = replace(home.bob, sight=Sight.OWN)
    assert [await home.found(alone, f"folder:{name}") for name in ("shared", '"Été 2020"')] == ["", "f"]
    everywhere = replace(home.bob, sight=Sight.ALL)
    assert await home.found(everywhere, "folder:private") == "abc"


async def test_uploads_and_expiry_are_found_by_their_indexes(home: Home) -> None:
    person = await add_person(home.db, "many")
    await add_many(home.db, person.user_id, 5_000)
    await home.db.fetch(
        "UPDATE asset SET uploaded_at = timestamptz '2020-01-01' + row * interval '1 hour' FROM"
        " (SELECT id, row_number() OVER () AS row FROM asset WHERE owner = {}) n WHERE asset.id = n.id",
        person.user_id,
    )
    await home.db.ddl("VACUUM ANALYZE asset")
    alone = replace(person, sight=Sight.OWN)
    for query, index in (("uploaded:2020-02-03", "asset_newest"), ("expires:7d", "asset_expiring")):
        where = to_sql(read_meaning(query, today=TODAY).where, alone)
        rows = await home.db.fetch(
            "EXPLAIN SELECT FROM asset a WHERE {} AND {} AND {}", visible_to(alone), searchable(), where
        )
        assert index in "\n".join(row["QUERY PLAN"] for row in rows), query
