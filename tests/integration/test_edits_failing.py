"""Edits of which a step fails for a reason that nobody foresaw: tried a few times, out of others' way, then over."""

from typing import Any
from uuid import UUID

import httpx

from appliance.db.edits import is_any_due
from appliance.library.edits import step
from tests.support.rows import add_many
from tests.support.sharing import me
from tests.support.web import Web


async def many(web: Web, client: httpx.AsyncClient, number: int) -> list[str]:
    return [str(each) for each in sorted(await add_many(web.db, UUID(await me(client)), number))]


async def break_asset(web: Web, asset: str) -> None:
    """Let no change of this asset be written."""
    await web.db.ddl(
        "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'this is broken'; END $$"
    )
    await web.db.ddl(
        f"CREATE TRIGGER broken BEFORE UPDATE ON asset FOR EACH ROW WHEN (OLD.id = '{asset}')"
        " EXECUTE FUNCTION broken()"
    )


async def mend(web: Web) -> None:
    await web.db.ddl("DROP FUNCTION broken CASCADE")


async def pause_over(web: Web) -> None:
    await web.db.fetch("UPDATE edit SET try_after = now() - interval '1 second' WHERE try_after IS NOT NULL")


async def edit(client: httpx.AsyncClient, ids: list[str], **changes: Any) -> Any:
    answer = await client.post("/api/edits", json={"changes": changes, "ids": ids})
    assert (answer.status_code, answer.json()["state"]) == (202, "running"), answer.text
    return answer.json()


async def look(client: httpx.AsyncClient, edit_id: str) -> Any:
    return next(each for each in (await client.get("/api/edits")).json() if each["id"] == edit_id)


async def test_after_a_few_tries_it_is_over_and_what_was_done_can_be_taken_back(
    web: Web, anna: httpx.AsyncClient
) -> None:
    ids = await many(web, anna, 1200)
    await break_asset(web, ids[700])
    first = await edit(anna, ids, rating=5)
    other = await edit(anna, ids[:650], favourite=True)
    assert await step(web.db, trash_days=30)
    for _ in range(2):
        # The first one fails; the other one, which was begun later, goes on meanwhile
        while await step(web.db, trash_days=30):
            pass
        waits = await look(anna, first["id"])
        assert (waits["state"], waits["done"], waits["error_text"]) == ("running", 500, None)
        await pause_over(web)
    assert (await look(anna, other["id"]))["state"] == "done"
    assert await step(web.db, trash_days=30)
    failed = await look(anna, first["id"])
    assert (failed["state"], failed["done"], failed["error_code"]) == ("failed", 500, "edit_failed")
    assert "can be taken back" in failed["error_text"]
    await pause_over(web)
    assert not await step(web.db, trash_days=30)
    await anna.post(f"/api/edits/{other['id']}/undo")
    while await step(web.db, trash_days=30):
        pass
    assert (await anna.post(f"/api/edits/{first['id']}/undo")).json()["undone"] == 500
    assert await web.db.fetch_one("SELECT count(*) AS n FROM asset WHERE rating = 5") == {"n": 0}


async def test_a_small_one_that_fails_is_answered_and_goes_on_once_the_reason_is_gone(
    web: Web, anna: httpx.AsyncClient
) -> None:
    ids = await many(web, anna, 3)
    await break_asset(web, ids[1])
    made = await edit(anna, ids, rating=5)
    assert not await step(web.db, trash_days=30)
    assert not await is_any_due(web.db)
    await mend(web)
    await pause_over(web)
    assert await is_any_due(web.db)
    assert await step(web.db, trash_days=30)
    done = await look(anna, made["id"])
    assert (done["state"], done["done"], done["error_code"]) == ("done", 3, None)


async def test_an_undo_that_fails_is_over_after_a_few_tries_and_can_be_asked_for_again(
    web: Web, anna: httpx.AsyncClient
) -> None:
    ids = await many(web, anna, 3)
    made = (await anna.post("/api/edits", json={"changes": {"rating": 5}, "ids": ids})).json()
    await break_asset(web, ids[1])
    path = f"/api/edits/{made['id']}/undo"
    assert (await anna.post(path)).json()["state"] == "undoing"
    for _ in range(2):
        await pause_over(web)
        assert await step(web.db, trash_days=30)
    failed = await look(anna, made["id"])
    assert (failed["state"], failed["undone"]) == ("failed", 0)
    await mend(web)
    again = (await anna.post(path)).json()
    assert (again["state"], again["undone"], again["error_text"]) == ("undone", 3, None)
