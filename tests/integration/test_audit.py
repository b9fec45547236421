"""The audit log: who may read it, how it is narrowed and paged, how long it is kept, and its lines in the log."""

import json
import logging
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from appliance import clock
from appliance.db import audit, audit_log
from appliance.library.audit import A_MINUTE, ALL_A_MINUTE, Refusals
from appliance.library.changed_settings import record_changed_settings
from appliance.library.expiry import purge
from appliance.library.sweep import sweep
from appliance.records.audit import AuditFilter
from tests.support.rows import add_asset, count
from tests.support.web import PASSWORD, Web


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


async def test_who_signs_in_leaves_the_beginning_of_the_sessions_id(bare_web: Web) -> None:
    credentials = {"username": "anna", "password": PASSWORD}
    async with bare_web.signed_in() as anna, bare_web.client() as script:
        assert (await script.post("/api/auth/token", json=credentials)).status_code == 200
        assert (await script.post("/api/auth/login", json=credentials)).status_code == 200
        sessions = {str(session["id"])[:8] for session in (await anna.get("/api/me/sessions")).json()}
        rows = {str(entry["action"]): entry["session"] for entry in await entries(anna)}
    assert set(rows) == {"auth.setup", "auth.token", "auth.login"}
    assert set(rows.values()) == sessions
    assert len(sessions) == 3


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
        for wrong in (
            {"outcome": "maybe"},
            {"limit": 501},
            {"after": 0},
            {"actor": "bob"},
            {"sort": "at"},
            {"until": "0.5"},
        ):
            assert (await anna.get("/api/admin/audit", params=wrong)).status_code == 400


async def test_pages_follow_one_another_without_a_gap_while_the_log_grows(home: Web) -> None:
    for number in range(7):
        await audit.record(home.db, action="test", object=str(number))
    wanted, seen = AuditFilter(actions=("test",)), []
    before: int | None = None
    for _ in range(4):
        found, before = await audit_log.list_entries(home.db, wanted, limit=2, before=before)
        seen += [entry.object for entry in found]
        await audit.record(home.db, action="test", object="later")
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]
    assert before is None


async def test_no_list_is_longer_than_the_most(home: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log, "MOST", 3)
    for _ in range(5):
        await audit.record(home.db, action="test")
    found, _ = await audit_log.list_entries(home.db, AuditFilter(), limit=1_000_000)
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


async def rows_of(web: Web, action: str) -> list[tuple[str, str, str]]:
    rows = await web.db.fetch(
        "SELECT object, outcome, reason FROM audit WHERE action = {} ORDER BY id", action
    )
    return [(row["object"], row["outcome"], row["reason"]) for row in rows]


async def test_a_person_or_address_leaves_so_many_refusals_a_minute_and_all_together_so_many() -> None:
    seconds = 0.0
    refusals = Refusals(clock=lambda: seconds)
    assert sum(refusals.worth_a_row(actor=None, ip="10.0.0.1") for _ in range(1000)) == A_MINUTE
    someone = uuid4()
    assert sum(refusals.worth_a_row(actor=someone, ip="10.0.0.1") for _ in range(1000)) == A_MINUTE
    neighbours = [f"2001:db8::{number}" for number in range(1000)]
    assert sum(refusals.worth_a_row(actor=None, ip=ip) for ip in neighbours) == A_MINUTE
    seconds = 61.0
    everywhere = [f"10.0.{number // 250}.{number % 250}" for number in range(2 * ALL_A_MINUTE)]
    assert sum(refusals.worth_a_row(actor=None, ip=ip) for ip in everywhere) == ALL_A_MINUTE
    seconds = 121.0
    waits = "too_many_attempts"
    assert [refusals.worth_a_row(actor=None, ip="10.0.0.1", reason=waits) for _ in range(3)] == [
        True,
        False,
        False,
    ]


async def test_guessing_leaves_its_failures_and_one_row_for_all_that_had_to_wait(home: Web) -> None:
    async with home.client() as stranger:
        for _ in range(12):
            await stranger.post("/api/auth/login", json={"username": "anna", "password": "wrong"})
    reasons = [reason for _, _, reason in await rows_of(home, "auth.login")]
    assert len(reasons) == 6
    assert reasons[-1] == "too_many_attempts"


async def test_another_sites_page_in_a_signed_in_browser_can_not_fill_the_disk(home: Web) -> None:
    async with home.client() as browser:
        await browser.post("/api/auth/login", json={"username": "anna", "password": PASSWORD})
        browser.headers["Origin"] = "http://localhost:9000"
        for _ in range(A_MINUTE + 20):
            assert (await browser.post("/api/auth/logout")).status_code == 403
    assert len(await rows_of(home, "csrf")) == A_MINUTE


async def test_the_use_of_a_key_that_does_not_work_is_told_with_its_name_and_never_its_secret(
    home: Web, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with home.client() as browser:
        await browser.post("/api/auth/login", json={"username": "anna", "password": PASSWORD})
        anna = (await browser.get("/api/me")).json()["id"]
        body = {"name": "k", "scopes": ["asset:read"]}
        made = (await browser.post("/api/me/keys", json=body)).json()
        wrong = made["key"][:12] + "A" * 43
        for text in (wrong, "ss_AAAAAAAA_" + "A" * 43, "nonsense", "ss_"):
            async with home.script(text) as script:
                assert (await script.get("/api/assets")).status_code == 401
        await home.db.fetch("UPDATE api_key SET expires_at = now() - interval '1 second'")
        async with home.script(made["key"]) as script:
            assert (await script.get("/api/assets")).status_code == 401

    assert await rows_of(home, "key.use") == [
        (f"key of {anna}", "refused", "wrong_secret"),
        (f"key of {anna}", "refused", "expired"),
    ]
    assert made["key"][12:] not in caplog.text


async def test_settings_that_were_changed_since_the_last_start_are_named_and_their_values_are_not(
    home: Web,
) -> None:
    assert await rows_of(home, "settings.change") == []
    changed = home.settings.model_copy(update={"trash_days": 3.0, "signup": "open"})
    await record_changed_settings(home.db, changed)
    await record_changed_settings(home.db, changed)
    assert await rows_of(home, "settings.change") == [("SIGNUP, TRASH_DAYS", "ok", "")]


async def test_a_purge_leaves_a_row_and_a_sweep_takes_away_what_is_too_old(home: Web) -> None:
    appliance, now = home.context.appliance, clock.now()
    rows = await home.db.fetch("SELECT id FROM account")
    await add_asset(
        home.db, rows[0]["id"], trashed_at=now - timedelta(days=90), purge_after=now - timedelta(days=60),
        state="trashed",
    )  # fmt: skip
    await purge(
        db=home.db,
        store=appliance.store,
        cache=appliance.cache,
        trash=timedelta(days=30),
        limit=10,
        now=now,
    )
    assert await rows_of(home, "library.purge") == [("1 assets", "ok", "")]
    await home.db.fetch("UPDATE audit SET at = now() - interval '366 days' WHERE action = 'library.purge'")
    await sweep(appliance)
    assert await rows_of(home, "library.purge") == []
    assert await rows_of(home, "auth.setup") != []
