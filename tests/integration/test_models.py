"""The library's models: which is in charge, and when each has an index."""

import logging
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from pgvector import HalfVector

from appliance.clip.encoder import TowerName
from appliance.clip.golden import golden_vectors
from appliance.clip.local import LocalEncoder
from appliance.clip.opening import model_root, open_local
from appliance.db.engine import Database, open_database
from appliance.db.models import active_model, ensure_index, has_index, index_name, record_model
from appliance.errors import ModelUnavailable, SettingsError
from appliance.library.recorded import open_active, register
from appliance.records.models import Model, SetState
from tests.conftest import MakeSettings

TEXT: frozenset[TowerName] = frozenset({"text"})
ROWS = 120


@pytest.fixture
async def starter(make_settings: MakeSettings) -> AsyncIterator[LocalEncoder]:
    encoder = await open_local(make_settings(), towers=TEXT)
    yield encoder
    await encoder.close()


async def ensure_model(db: Database, encoder: LocalEncoder) -> Model:
    return await register(db, encoder, await golden_vectors(encoder, TEXT), state=SetState.READY)


async def _fill(db: Database, model: Model, rows: int) -> None:
    owner = uuid4()
    await db.fetch("INSERT INTO account (id, name) VALUES ({}, {})", owner, f"owner-{owner}")
    for number in range(rows):
        vector = np.random.default_rng(number).normal(size=model.dimension).astype(np.float32)
        await db.fetch(
            "WITH a AS (INSERT INTO asset (id, owner, filename, sha256, bytes, mime, kind, width, height, thumbhash)"
            " VALUES ({}, {}, 'a.jpg', sha256({}::bytea), 1, 'image/jpeg', 'image', 1, 1, '') RETURNING id)"
            " INSERT INTO embedding (asset, model, owner, vector) SELECT id, {}, {}, {} FROM a",
            uuid4(),
            owner,
            str(number).encode(),
            model.id,
            owner,
            HalfVector(vector),
        )


async def test_the_first_model_becomes_the_active_one_and_later_ones_do_not(
    database: Database, starter: LocalEncoder
) -> None:
    assert await active_model(database) is None
    first = await ensure_model(database, starter)
    other = await record_model(database, identity="0" * 64, name="other", dimension=512)
    assert first == await ensure_model(database, starter)
    assert first.id != other.id
    assert await active_model(database) == first
    assert (first.name, first.dimension, first.identity) == ("starter", 384, starter.identity)


async def test_a_model_whose_towers_disagree_across_processes_is_refused(
    database: Database, starter: LocalEncoder
) -> None:
    await record_model(database, identity=starter.identity, name="starter", dimension=512)
    with pytest.raises(ModelUnavailable, match="384 numbers here, but 512"):
        await ensure_model(database, starter)


async def test_the_active_model_stays_in_charge_when_the_settings_name_another(
    database: Database, make_settings: MakeSettings, caplog: pytest.LogCaptureFixture
) -> None:
    encoder, first = await open_active(database, make_settings(), towers=TEXT)
    await encoder.close()
    with caplog.at_level(logging.WARNING):
        encoder, second = await open_active(
            database, make_settings(clip_model="other", clip_embed_dim="512"), towers=TEXT
        )
    await encoder.close()
    assert second == first
    assert encoder.name == "starter"
    assert "CLIP_MODEL names other" in caplog.text


async def test_the_first_start_refuses_a_wrong_dimension(
    database: Database, make_settings: MakeSettings
) -> None:
    with pytest.raises(SettingsError, match="CLIP_EMBED_DIM is 512"):
        await open_active(database, make_settings(clip_embed_dim="512"), towers=TEXT)
    assert await active_model(database) is None


async def test_files_that_changed_since_the_vectors_were_made_are_refused(
    database: Database, make_settings: MakeSettings, tmp_path: Path
) -> None:
    folder = tmp_path / "models/mine"
    shutil.copytree(model_root("starter", tmp_path), folder)
    settings = make_settings(clip_model="mine", models_path=str(folder.parent))
    encoder, _ = await open_active(database, settings, towers=TEXT)
    await encoder.close()

    preprocessing = folder / "visual/preprocess_cfg.json"
    preprocessing.write_text(preprocessing.read_text().replace("squash", "shortest"))
    with pytest.raises(ModelUnavailable, match="not those that the library's vectors were made with"):
        await open_active(database, settings, towers=TEXT)

    shutil.rmtree(folder)
    with pytest.raises(ModelUnavailable, match="There is no model folder"):
        await open_active(database, settings, towers=TEXT)


async def test_an_index_is_built_once_there_are_enough_vectors_of_this_model(database: Database) -> None:
    model = await record_model(database, identity="1" * 64, name="small", dimension=8)
    other = await record_model(database, identity="2" * 64, name="other", dimension=6)
    await _fill(database, model, ROWS)

    assert not await ensure_index(database, model)
    assert not await ensure_index(database, other, from_rows=ROWS)
    assert not await has_index(database, model)

    assert await ensure_index(database, model, from_rows=ROWS)
    assert await has_index(database, model)
    assert not await has_index(database, other)
    assert not await ensure_index(database, model, from_rows=ROWS)


async def test_queries_of_the_model_use_its_index(database: Database) -> None:
    model = await record_model(database, identity="1" * 64, name="small", dimension=8)
    await _fill(database, model, ROWS)
    await ensure_index(database, model, from_rows=ROWS)
    assert model.id == 1
    async with database.transaction():
        await database.fetch("SET LOCAL enable_seqscan = off")
        await database.fetch("SET LOCAL enable_sort = off")
        plan = await database.fetch(
            "EXPLAIN SELECT asset FROM embedding WHERE model = 1"
            " ORDER BY vector::halfvec(8) <=> '[1,0,0,0,0,0,0,0]'::halfvec(8) LIMIT 5"
        )
    assert any(index_name(model) in row["QUERY PLAN"] for row in plan)


async def test_what_a_build_that_died_left_behind_is_built_anew(database: Database) -> None:
    model = await record_model(database, identity="1" * 64, name="small", dimension=8)
    await _fill(database, model, ROWS)
    await ensure_index(database, model, from_rows=ROWS)
    # What a crash in the middle of CREATE INDEX CONCURRENTLY leaves.
    await database.fetch(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass({})", index_name(model)
    )
    assert not await has_index(database, model)
    assert await ensure_index(database, model, from_rows=ROWS)
    assert await has_index(database, model)


async def test_only_one_process_builds_an_index_at_a_time(database: Database, database_url: str) -> None:
    model = await record_model(database, identity="1" * 64, name="small", dimension=8)
    await _fill(database, model, ROWS)
    async with open_database(database_url, pool_size=1) as neighbour, neighbour.transaction():
        # The lock that a build holds.
        await neighbour.fetch("SELECT pg_advisory_xact_lock(7203552, {}::int)", model.id)
        assert not await ensure_index(database, model, from_rows=ROWS)
    assert await ensure_index(database, model, from_rows=ROWS)
