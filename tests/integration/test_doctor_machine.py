"""What the doctor says of the machine: units, timers, the clock, the server, folders."""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.clock import now
from appliance.db import sightings
from appliance.db.engine import Database
from appliance.db.sightings import Sighting
from appliance.library.checks import systemd, units
from appliance.library.checks.systemd import answer_of
from appliance.records.doctor import Finding, Level
from tests.support.cli import listening
from tests.support.examined import examined, new_installation
from tests.support.systemctl import healthy, moment, put_in_place
from tests.support.web import Web

WEB, WORKER = units.SERVERS


@pytest.fixture
def environment(tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return new_installation(tmp_path / "machine", database_url, redis_url)


async def shown(
    tmp_path: Path, patch: pytest.MonkeyPatch, **changed: Mapping[str, str]
) -> dict[str, Finding]:
    """The findings on the units, with these of them changed; named without their prefix."""
    state = healthy()
    for name, values in changed.items():
        state[name] |= values
    put_in_place(tmp_path / "bin", patch, state)
    return {finding.name.removeprefix("unit."): finding for finding in await units.look()}


async def test_units_that_are_all_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await shown(tmp_path, monkeypatch)
    assert list(found) == list(units.ALL)
    assert {finding.level for finding in found.values()} == {Level.OK}
    assert re.fullmatch(
        r"It last went off \w{3} [\d-]+ [\d:]+ UTC, next \w{3} [\d-]+ [\d:]+ UTC\.",
        found["scene-sense-purge.timer"].text,
    )


@pytest.mark.parametrize(
    ("name", "values", "level", "says"),
    [
        (WEB, {"ActiveState": "inactive", "SubState": "dead"}, "failure", f"systemctl start {WEB}"),
        (
            WEB,
            {
                "ActiveState": "activating",
                "SubState": "auto-restart",
                "Result": "exit-code",
                "NRestarts": "4",
            },
            "failure",
            f"journalctl -u {WEB} -e",
        ),
        (
            WEB,
            {"ActiveState": "activating", "SubState": "start", "NRestarts": "4"},
            "failure",
            "this is try 5",
        ),
        (WEB, {"ActiveState": "activating", "SubState": "start"}, "warning", "Wait a moment"),
        (WEB, {"NRestarts": "17"}, "warning", "restarted 17 times"),
        (WEB, {"LoadState": "masked", "ActiveState": "inactive"}, "failure", "masked"),
        (
            WORKER,
            {"ActiveState": "inactive", "SubState": "dead", "AssertResult": "no"},
            "failure",
            r"systemctl start 'srv-scene\x2dsense.mount' scene-sense-worker.service",
        ),
        (units.TARGET, {"UnitFileState": "disabled"}, "warning", "systemctl enable scene-sense.target"),
        (units.SOCKET, {"ActiveState": "failed", "Result": "resources"}, "failure", "(resources)"),
        (units.TIMERS[0], {"ActiveState": "inactive", "SubState": "dead"}, "failure", "systemctl start"),
        (units.TIMERS[1], {"SubState": "elapsed"}, "failure", "not going to go off again"),
        (units.TIMERS[1], {"LastTriggerUSec": "", "NextElapseUSecRealtime": ""}, "ok", "not gone off yet."),
        (units.RUNS[0], {"ActiveState": "failed", "Result": "exit-code"}, "failure", "journalctl -u"),
        (units.RUNS[0], {"AssertTimestampMonotonic": "1"}, "warning", "disk of the originals is not mounted"),
        (units.RUNS[1], {"ActiveState": "activating", "SubState": "start"}, "ok", "It runs now."),
        (
            units.DISK[0],
            {"ActiveState": "inactive"},
            "failure",
            r"systemctl start 'srv-scene\x2dsense.mount'",
        ),
    ],
)
async def test_each_way_of_a_unit_to_be_unwell(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    name: str,
    values: dict[str, str],
    level: str,
    says: str,
) -> None:
    found = await shown(tmp_path, monkeypatch, **{name: values})
    assert found[name].level == level
    assert says in f"{found[name].text} {found[name].remedy}"
    others = {finding.level for other, finding in found.items() if other != name}
    assert others == {Level.OK}


async def test_a_run_that_hangs_and_a_machine_that_was_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    purge, sweep, scrub = units.TIMERS
    long_ago = {"LastTriggerUSec": moment(timedelta(days=-2))}
    running = {"SubState": "running", "NextElapseUSecRealtime": ""}
    found = await shown(
        tmp_path, monkeypatch, **{purge: long_ago | running, sweep: long_ago, scrub: long_ago}
    )
    assert found[purge].level == "warning"
    assert "journalctl -u scene-sense-purge.service -e" in found[purge].remedy
    assert {found[sweep].level, found[scrub].level} == {"ok"}
    found = await shown(tmp_path, monkeypatch, **{sweep: long_ago | {"NextElapseUSecRealtime": ""}})
    assert found[sweep].level == "warning"


def test_times_as_systemd_writes_them() -> None:
    assert systemd.moment("Wed 2026-11-25 13:30:11 UTC") == datetime(2026, 11, 25, 13, 30, 11, tzinfo=UTC)
    local = systemd.moment("Wed 2026-11-25 13:30:11 CET")
    assert local is not None
    assert local.utcoffset() is not None
    assert systemd.moment("") is systemd.moment("2min 3s") is None


async def test_without_a_disk_of_its_own_its_units_are_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = {"LoadState": "not-found", "ActiveState": "inactive"}
    found = await shown(tmp_path, monkeypatch, **dict.fromkeys(units.DISK, absent))
    assert not set(units.DISK) & set(found)


async def test_without_systemd_or_our_units_there_is_nothing_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = {"LoadState": "not-found", "ActiveState": "inactive"}
    found = await shown(tmp_path, monkeypatch, **dict.fromkeys(units.ALL, absent))
    assert [(finding.level, finding.name) for finding in found.values()] == [("skipped", "units")]
    monkeypatch.setattr(systemd, "BOOTED", tmp_path / "nowhere")
    assert [finding.level for finding in await units.look()] == ["skipped"]


async def test_a_manager_that_hangs_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place(tmp_path / "bin", monkeypatch, healthy())
    (tmp_path / "bin/systemctl").write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(systemd, "_PATIENCE_SECONDS", 0.2)
    assert await answer_of("systemctl", "show") is None
    assert [finding.level for finding in await units.look()] == ["skipped"]


async def test_the_server_is_asked_at_its_address_also_when_systemd_holds_it(
    home: Web, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(home) as url:
        address = url.removeprefix("http://")
        found = await examined(environment | {"BIND": address})
        assert found.level("server") == "ok"
        # This server has neither a queue nor a model.
        assert (found.level("server.queue"), found.level("server.model")) == ("warning", "warning")

        state = healthy()
        state[units.SOCKET] |= {"Listen": f"[::]:{address.partition(':')[2]} (Stream)"}
        put_in_place(tmp_path / "bin", monkeypatch, state)
        found = await examined(environment | {"BIND": "fd://3"})
        assert found.level("server") == "ok", found.said
        assert found.level(f"unit.{WORKER}") == "ok"
    found = await examined(environment | {"BIND": "fd://3"})
    assert "Nobody answers at 127.0.0.1:" in found.text("server")
    assert "systemctl start scene-sense-web.service" in found.text("server")
    state[units.SOCKET] |= {"Listen": ""}
    put_in_place(tmp_path / "bin", monkeypatch, state)
    found = await examined(environment | {"BIND": "fd://3"})
    assert "systemctl start scene-sense-web.socket" in found.text("server")


async def test_another_program_at_the_address(environment: dict[str, str]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        found = await examined(environment | {"BIND": f"0.0.0.0:{port}"})
        assert "is not Scene-Sense" in found.text("server")


async def test_a_clock_that_jumped_and_a_sweep_that_did_not_come(
    environment: dict[str, str], database: Database
) -> None:
    await sightings.record(database, Sighting.CLOCK, now() - timedelta(hours=3))
    found = await examined(environment)
    assert found.level("clock") == "ok"
    assert found.level("work.sweep") == "warning"
    assert "3 hours ago" in found.text("work.sweep")
    await sightings.record(database, Sighting.CLOCK, now() + timedelta(hours=3))
    found = await examined(environment)
    assert found.level("clock") == "failure"
    assert "--accept-clock" in found.text("clock")
    assert await sightings.last(database, Sighting.CLOCK) is not None


@pytest.mark.parametrize(("said", "level"), [("yes", "ok"), ("no", "warning"), ("", "skipped")])
async def test_whether_the_clock_is_kept_right(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, level: str
) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/timedatectl"
    program.write_text(f"#!/bin/sh\necho {said}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    found = await examined(environment)
    assert found.level("clock.synchronised") == level
