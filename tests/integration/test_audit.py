"""The audit log: who may read it, how it is narrowed and paged, how long it is kept, and its lines in the log."""

import json
import logging
from datetime import timedelta

import httpx
import pytest

from appliance import clock
from appliance.db import audit
from appliance.records.audit import AuditFilter
from tests.support.rows import count
from tests.support.web import Web


async def entries(browser: httpx.AsyncClient, **query: str | int) -> list[dict[str, object]]:
    answer = await browser.get("/api/admin/audit", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.json()["items"]
    return items


async def test_an_administrator_reads_what_happened_and_nobody_else_does(bare_web: Web) -> None:
    async with bare_web.signed_in() as anna, bare_web.second_person() as bob:
        assert (await bob.get("/api/admin/audit")).status_code == 403

        latest, login, setup = await entries(anna)

    assert (latest["action"], latest["outcome"], latest["reason"]) == (
        "denied list_audit",
        "refused",
        "forbidden",
    )
    assert latest["actor"] == login["actor"]
    assert isinstance(login["actor"], dict) and login["actor"]["name"] == "bob"
    assert (login["action"], login["ip"]) == ("auth.login", "127.0.0.1")
    assert setup["action"] == "auth.setup"


async def test_the_log_is_narrowed_by_action_person_outcome_and_day(bare_web: Web) -> None:
    async with bare_web.signed_in() as anna, bare_web.second_person() as bob:
        await bob.get("/api/admin/audit")
        bob_id = (await bob.get("/api/me")).json()["id"]
        today = clock.now().date()
        tomorrow = str(today + timedelta(days=1))

        async def actions(**query: str | int) -> list[object]:
            return [entry["action"] for entry in await entries(anna, **query)]

        assert await actions(action="auth") == ["auth.login", "auth.setup"]
        assert await actions(action="auth.setup") == ["auth.setup"]
        assert await actions(action="denied") == ["denied list_audit"]
        assert await actions(action="aut") == []
        assert await actions(actor=bob_id) == ["denied list_audit", "auth.login"]
        assert await actions(outcome="refused") == ["denied list_audit"]
        assert len(await actions(**{"from": str(today), "to": str(today)})) == 3
        assert await actions(**{"from": tomorrow}) == []
        assert len(await actions(to="9999-12-31")) == 3
        assert await actions(to="2020-01-01") == []
        for wrong in ({"outcome": "maybe"}, {"limit": 501}, {"after": 0}, {"actor": "bob"}, {"sort": "at"}):
            assert (await anna.get("/api/admin/audit", params=wrong)).status_code == 400


async def test_pages_follow_one_another_without_a_gap_while_the_log_grows(home: Web) -> None:
    for number in range(7):
        await audit.record(home.db, action="test", object=str(number))
    wanted, seen = AuditFilter(action="test"), []
    before: int | None = None
    for _ in range(4):
        found, before = await audit.list_entries(home.db, wanted, limit=2, before=before)
        seen += [entry.object for entry in found]
        await audit.record(home.db, action="test", object="later")
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]
    assert before is None


async def test_no_list_is_longer_than_the_most(home: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "MOST", 3)
    for _ in range(5):
        await audit.record(home.db, action="test")
    found, _ = await audit.list_entries(home.db, AuditFilter(), limit=1_000_000)
    assert len(found) == 3


async def test_what_is_too_old_leaves_in_slices(home: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_SLICE", 2)
    before = await count(home.db, "audit")
    for _ in range(5):
        await audit.record(home.db, action="test")
    await home.db.fetch("UPDATE audit SET at = now() - interval '400 days' WHERE action = 'test'")
    assert await audit.trim(home.db, before=clock.now() - timedelta(days=365)) == 5
    assert await count(home.db, "audit") == before


async def test_each_row_is_one_line_of_json_that_nothing_can_forge(
    home: Web, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="audit")
    await audit.record(
        home.db,
        action="test",
        object='a"\r\n{"action": "forged"}\x1b[2J\u2028',
        ip="::1",
        reason="\x00" * 900,
    )
    lines = [record.getMessage() for record in caplog.records if record.name == "audit"]
    assert len(lines) == 1
    assert lines[0].isprintable()
    told = json.loads(lines[0])
    assert told["object"] == 'a"��{"action": "forged"}�[2J�'
    assert (told["action"], told["ip"], told["outcome"]) == ("test", "::1", "ok")
    assert len(told["reason"]) == 200
    row = await home.db.fetch_one("SELECT object FROM audit WHERE action = 'test'")
    assert row is not None and row["object"] == told["object"]
