"""What the doctor says of sets of vectors."""

from pathlib import Path

import pytest

from appliance.db.engine import Database
from appliance.db.models import record_model
from appliance.db.sets import activate
from appliance.records.models import SetState
from tests.support.examined import examined, new_installation
from tests.support.rows import add_asset, add_person


@pytest.fixture
def environment(tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return new_installation(tmp_path, database_url, redis_url)


async def test_a_set_that_stands_still_or_is_kept_for_nothing_is_a_warning(
    environment: dict[str, str], database: Database
) -> None:
    assert (await examined(environment)).level("sets") == "skipped"
    old = await record_model(database, identity="0" * 64, name="old", dimension=3)
    new = await record_model(database, identity="1" * 64, name="new", dimension=4, state=SetState.FILLING)
    viewer = await add_person(database)
    asset = await add_asset(database, viewer.user_id)
    await database.fetch("INSERT INTO job (asset, kind, model) VALUES ({}, 'embed', {})", asset, new.id)
    found = await examined(environment)
    assert found.text("sets").startswith("old: 0 vectors for 1 pictures; it answers searches.")
    assert found.level("sets.new") == "warning"
    assert "nothing was done lately" in found.text("sets.new")

    await activate(database, new)
    assert (await examined(environment)).level("sets.old") == "ok"
    await database.fetch("UPDATE active_model SET switched_at = now() - interval '40 days'")
    found = await examined(environment)
    assert found.level("sets.old") == "warning"
    assert "scene-sense model drop old" in found.text("sets.old")
    assert old.id != new.id
