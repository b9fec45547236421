"""The life of one appliance, in steps that build on each other: from a bare Debian to taking it off again."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.gates import units
from tests.support.box import Box, Disk, Played, play
from tests.support.deploy_figures import SERVICES, exposure, memory_mib, record
from tests.support.household import MOUNT_UNIT, RUNNING, Household, another, caption_of, photos
from tests.support.strangers import answers, stranger
from tests.support.waiting import eventually

pytestmark = pytest.mark.provision

#: The network between the box and this machine is none of a home.
VARIABLES: dict[str, object] = {
    "storage_device": "/dev/disk/by-label/PHOTOS",
    "app_lan": ["198.18.0.0/15"],
    # A claim of a worker that lost its power is given up soon.
    "app_settings": {"FREE_SPACE_FLOOR_BYTES": 0, "TRASH_DAYS": 0, "JOB_LEASE_SECONDS": 30},
}


@pytest.fixture(scope="module")
def disk(box: Box) -> Iterator[Disk]:
    with Disk("PHOTOS", megabytes=512) as made:
        made.plug(box)
        yield made


@pytest.fixture(scope="module")
def home(box: Box, disk: Disk) -> Household:
    return Household(box)


@pytest.fixture(autouse=True)
def step(request: pytest.FixtureRequest) -> Iterator[None]:
    """A step is not tried when one before it failed: it would only say the same again."""
    module = request.node.getparent(pytest.Module)
    if getattr(module, "stopped_at", None):
        pytest.skip(f"{module.stopped_at} failed")
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        module.stopped_at = request.node.name


def provision(box: Box, bundle: Path, *, playbook: str = "site.yml", check: bool = False) -> Played:
    return play(box, bundle / "ansible" / playbook, VARIABLES, check=check)


def test_a_check_of_a_bare_machine_says_what_would_be_done_and_does_nothing(
    box: Box, disk: Disk, bundle: Path
) -> None:
    played = provision(box, bundle, check=True)
    assert played.good, played.output[-3000:]
    assert played.changed > 0
    assert box.run(["getent", "passwd", "scene-sense"], check=False).returncode != 0
    assert box.run(["ls", "/srv"]).stdout == ""


def test_one_command_makes_a_bare_machine_the_appliance(home: Household, bundle: Path) -> None:
    started = time.monotonic()
    played = provision(home.box, bundle)
    record(bare_to_running_seconds=round(time.monotonic() - started))
    assert played.good, played.output[-3000:]
    assert "/setup#token=" in played.output
    home.until_ready()
    assert home.active(*RUNNING) == ["active"] * len(RUNNING)


def test_a_second_run_changes_nothing(home: Household, bundle: Path) -> None:
    played = provision(home.box, bundle)
    assert played.good, played.output[-3000:]
    assert played.changed_tasks == []
    assert played.changed == 0


#: Photos that the starter model tells apart by what people said of them.
FOUND = ("coco_000000519208.jpg", "coco_000000361919.jpg", "coco_000000014473.jpg")


def test_photos_that_are_uploaded_by_key_are_found_by_what_they_show(home: Household) -> None:
    home.make_first_account()
    shown = [photo for photo in photos() if photo.name in FOUND]
    others = photos()[:8]
    added = {photo: home.add(photo) for photo in {*shown, *others}}
    eventually(lambda: len(home.search("anything", limit=50)) == len(added), deadline_seconds=60)
    for photo in shown:
        assert home.search(caption_of(photo))[0] == added[photo], caption_of(photo)


def test_the_doctor_finds_nothing_wrong(home: Household) -> None:
    # The runs of the timers that have not come yet are no fault; those that failed would be one.
    said = home.cli("doctor", "--json", check=False)
    report = json.loads(said.stdout)
    assert [found for found in report["findings"] if found["level"] == "failure"] == []
    assert said.returncode == 0


def test_services_are_as_little_exposed_as_they_are_meant_to_be(home: Household) -> None:
    names = [unit.name for unit in units.unit_files(units.UNITS) if unit.suffix == ".service"]
    scores = {name: exposure(home, name) for name in names}
    record(exposure=scores)
    assert {
        name: score for name, score in scores.items() if score > units.LIMITS.get(name, units.LIMIT)
    } == {}


def test_systemd_on_the_machine_has_nothing_to_say_of_the_units(home: Household) -> None:
    names = [unit.name for unit in units.unit_files(units.UNITS)]
    verified = home.box.run(["systemd-analyze", "verify", "--man=no", *names])
    assert "scene-sense" not in verified.stdout + verified.stderr


def test_a_service_can_write_where_it_has_to_and_nowhere_else(home: Household) -> None:
    for unit in ("scene-sense-web.service", "scene-sense-worker.service"):
        allowed = ["/srv/scene-sense", "/var/lib/scene-sense", "/var/cache/scene-sense", "/tmp"]
        refused = [
            "/usr/local",
            "/opt/scene-sense/current",
            "/etc/scene-sense",
            "/var/lib/scene-sense-models",
            "/var",
        ]
        assert [path for path in allowed if not home.may_write(unit, path)] == []
        assert [path for path in refused if home.may_write(unit, path)] == []


def test_the_worker_has_no_network_and_a_stranger_gets_no_answer(home: Household) -> None:
    pid = home.property("scene-sense-worker.service", "MainPID")
    links = home.box.run(["nsenter", "-t", pid, "-n", "ip", "-brief", "link"]).stdout
    assert [line.split()[0] for line in links.splitlines()] == ["lo"]
    with stranger(home) as address:
        assert not answers(f"http://{address}:{home.port}/api/health/live")
    assert home.health()["ready"]


def test_memory_and_tasks_are_limited(home: Household) -> None:
    for unit in ("scene-sense-web.service", "scene-sense-worker.service"):
        assert home.property(unit, "MemoryMax") not in {"", "infinity"}
        assert home.property(unit, "MemoryHigh") not in {"", "infinity"}
        assert int(home.property(unit, "TasksMax")) <= 512
        assert home.property(unit, "OOMPolicy") == "continue"
    if "memory" in home.box.read("/sys/fs/cgroup/cgroup.controllers").split():
        limit = home.box.run(
            ["cat", "/sys/fs/cgroup/system.slice/scene-sense-worker.service/memory.max"]
        ).stdout
        assert limit.strip() == home.property("scene-sense-worker.service", "MemoryMax")


def test_idle_memory_stays_within_what_a_small_machine_has(home: Household) -> None:
    used = {unit: memory_mib(home, unit) for unit in SERVICES}
    record(idle_memory_mib=used)
    assert sum(used.values()) < 1000


def test_a_server_that_hangs_is_ended_and_started_again(home: Household) -> None:
    home.box.write(
        "/run/systemd/system/scene-sense-web.service.d/watchdog.conf", "[Service]\nWatchdogSec=3\n"
    )
    home.box.run(["systemctl", "daemon-reload"])
    home.box.run(["systemctl", "restart", "scene-sense-web.service"])
    home.until_ready()
    before = home.property("scene-sense-web.service", "MainPID")
    home.box.run(["kill", "-STOP", before])
    eventually(
        lambda: home.property("scene-sense-web.service", "MainPID") not in {before, "0"}, deadline_seconds=60
    )
    home.until_ready()
    assert int(home.property("scene-sense-web.service", "NRestarts")) >= 1
    home.box.run(["rm", "-r", "/run/systemd/system/scene-sense-web.service.d"])
    home.box.run(["systemctl", "daemon-reload"])
    home.box.run(["systemctl", "restart", "scene-sense-web.service"])
    home.until_ready()


def test_connections_wait_while_the_server_restarts(home: Household) -> None:
    before = home.property("scene-sense-web.service", "MainPID")
    home.box.run(["systemctl", "restart", "--no-block", "scene-sense-web.service"])
    codes: list[int] = []
    with home.client() as client:
        while len(codes) < 5 or home.property("scene-sense-web.service", "MainPID") in {before, "0"}:
            # A connection of its own for each, as the server closes those that wait for more.
            codes.append(client.get("/api/me", headers={"Connection": "close"}).status_code)
            assert len(codes) < 500
        codes.append(client.get("/api/me", headers={"Connection": "close"}).status_code)
    assert set(codes) == {200}


def test_a_worker_that_is_stopped_finishes_or_gives_back_what_it_had_claimed(home: Household) -> None:
    home.box.run(["systemctl", "stop", "scene-sense-worker.service"])
    for photo in photos()[8:40]:
        home.add(photo)
    home.box.run(["systemctl", "start", "--no-block", "scene-sense-worker.service"])
    # On the machine itself, as the worker is done with what it claims within a second.
    claimed = "psql -XtAc 'SELECT count(*) FROM job WHERE lease IS NOT NULL' scene-sense"
    home.box.run(
        ["timeout", "60", "sh", "-c", f"until [ $(runuser -u postgres -- {claimed}) != 0 ]; do :; done"],
        timeout=90,
    )
    home.box.run(["systemctl", "stop", "scene-sense-worker.service"])
    assert home.property("scene-sense-worker.service", "Result") == "success"
    assert home.sql("SELECT count(*) FROM job WHERE lease IS NOT NULL OR state = 'running'") == "0"
    assert home.sql("SELECT count(*) FROM job WHERE state = 'failed'") == "0"
    home.box.run(["systemctl", "start", "scene-sense-worker.service"])
    home.box.run(["systemctl", "start", "scene-sense-sweep.service"])
    eventually(
        lambda: home.sql("SELECT count(*) FROM embedding") == home.sql("SELECT count(*) FROM asset"),
        deadline_seconds=90,
    )


def test_the_timer_fires_and_what_has_expired_is_gone_for_good(home: Household, tmp_path: Path) -> None:
    photo = another(photos()[0], tmp_path)
    asset = home.add(photo, ttl="1m")
    folder = f"/srv/scene-sense/{asset}"
    assert home.box.run(["ls", folder]).stdout.strip() == photo.name
    home.box.write(
        "/run/systemd/system/scene-sense-purge.timer.d/often.conf",
        "[Timer]\nOnCalendar=*:*:0/5\nRandomizedDelaySec=0\n",
    )
    home.box.run(["systemctl", "daemon-reload"])
    home.box.run(["systemctl", "restart", "scene-sense-purge.timer"])
    eventually(lambda: home.box.run(["ls", folder], check=False).returncode != 0, deadline_seconds=120)
    eventually(lambda: asset not in home.sql("SELECT id FROM asset").split(), deadline_seconds=30)
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()
    assert home.sql("SELECT encode(sha256, 'hex') FROM purge_log").split() == [digest]
    home.box.run(["rm", "-r", "/run/systemd/system/scene-sense-purge.timer.d"])
    home.box.run(["systemctl", "daemon-reload"])
    home.box.run(["systemctl", "restart", "scene-sense-purge.timer"])


def test_the_scrub_reads_every_original_and_names_the_one_that_was_damaged(home: Household) -> None:
    home.box.run(["systemctl", "start", "scene-sense-scrub.service"], timeout=120)
    asset = home.search("anything", limit=1)[0]
    damaged = home.box.run(["find", f"/srv/scene-sense/{asset}", "-type", "f"]).stdout.strip()
    home.box.run(["cp", "-a", damaged, "/root/kept"])
    home.box.run(["dd", "if=/dev/zero", f"of={damaged}", "bs=1", "seek=100", "count=9", "conv=notrunc"])
    said = home.cli("scrub", "--all", check=False)
    assert said.returncode == 1
    assert asset in said.stdout
    home.box.run(["cp", "-a", "/root/kept", damaged])
    assert home.cli("scrub", "--all").returncode == 0


def test_a_database_that_comes_late_is_waited_for_without_anything_hanging(home: Household) -> None:
    home.box.run(["systemctl", "stop", "postgresql.service"])
    home.box.run(["systemctl", "restart", "--no-block", "scene-sense.target"])
    eventually(lambda: "failed" in home.active("scene-sense-migrate.service"), deadline_seconds=60)
    home.box.run(["systemctl", "start", "postgresql.service"])
    home.until_ready()
    eventually(lambda: home.active("scene-sense-worker.service") == ["active"], deadline_seconds=60)


def test_a_disk_that_can_not_be_mounted_for_a_while_is_tried_again(home: Household) -> None:
    broken = f"/run/systemd/system/{MOUNT_UNIT}.d/broken.conf"
    home.box.run(["systemctl", "stop", MOUNT_UNIT])
    home.box.write(broken, "[Mount]\nOptions=nonsense\n")
    home.box.run(["systemctl", "daemon-reload"])
    said = ["--unit", "scene-sense-storage.service", "--grep", "Failed to start", "--output", "cat"]
    before = home.box.journal(*said).count("Failed to start")
    eventually(lambda: home.box.journal(*said).count("Failed to start") >= before + 3, deadline_seconds=90)
    home.box.run(["rm", "-r", str(Path(broken).parent)])
    home.box.run(["systemctl", "daemon-reload"])
    home.until_ready()
    eventually(lambda: home.active("scene-sense-worker.service") == ["active"], deadline_seconds=60)


def test_everything_is_back_after_a_reboot(home: Household) -> None:
    before = home.sql("SELECT count(*) FROM asset")
    assert home.box.reboot() == "running"
    home.until_ready()
    assert home.active(*RUNNING) == ["active"] * len(RUNNING)
    assert home.sql("SELECT count(*) FROM asset") == before
    assert home.search("an elephant")


def test_nothing_that_was_acknowledged_is_lost_by_a_power_cut_during_an_import(
    home: Household, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for photo in photos() * 4:
        another(photo, folder)
    command = [
        sys.executable,
        "-m",
        "appliance.cli",
        "import",
        "--json",
        "--server",
        home.url,
        "--key",
        home.key,
    ]
    with subprocess.Popen([*command, str(folder)], stdout=subprocess.PIPE, text=True) as importing:
        assert importing.stdout is not None
        acknowledged = [json.loads(next(importing.stdout)) for _ in range(25)]
        home.box.crash()
        importing.kill()
        rest = importing.stdout.read().splitlines()
    acknowledged += [json.loads(line) for line in rest if line.endswith("}")]
    home.until_ready(seconds=180)
    stored = [line for line in acknowledged if line.get("status") == "stored"]
    assert len(stored) >= 25
    lost = [
        line["path"]
        for line in stored
        if home.original_sha256(line["id"]) != hashlib.sha256(Path(line["path"]).read_bytes()).hexdigest()
    ]
    assert lost == []
    eventually(
        lambda: (
            home.sql(
                "SELECT count(*) FROM asset a WHERE NOT EXISTS (SELECT FROM embedding e WHERE e.asset = a.id)"
            )
            == "0"
        ),
        deadline_seconds=120,
    )


def test_a_disk_that_is_pulled_stops_writing_and_not_searching_and_comes_back_by_itself(
    home: Household, disk: Disk, tmp_path: Path
) -> None:
    photo = another(photos()[0], tmp_path)
    found = home.search("an elephant")
    disk.yank(home.box)
    refused = home.upload(photo)
    assert refused.status_code == 503, refused.text
    disk.let_go(home.box, MOUNT_UNIT)
    home.until_ready(missing=["volume"])
    assert home.search("an elephant") == found
    refused = home.upload(photo)
    assert (refused.status_code, refused.json()["code"]) == (503, "volume_unavailable")
    assert home.active("scene-sense-worker.service") == ["inactive"]
    assert home.box.run(["systemctl", "start", "scene-sense-purge.service"], check=False).returncode != 0
    assert home.written_below_the_mount_point() == []
    disk.plug(home.box)
    home.until_ready()
    eventually(lambda: home.active("scene-sense-worker.service") == ["active"], deadline_seconds=60)
    asset = home.add(photo)
    eventually(lambda: asset in home.search("anything", limit=500), deadline_seconds=60)


def test_a_boot_without_the_disk_serves_searches_and_writes_nothing(
    home: Household, disk: Disk, tmp_path: Path
) -> None:
    photo = another(photos()[0], tmp_path)
    found = home.search("an elephant")
    home.box.run(["systemctl", "stop", "scene-sense-storage.timer", "scene-sense.target", MOUNT_UNIT])
    disk.pull(home.box)
    home.box.reboot()
    home.until_ready(missing=["volume"], seconds=180)
    assert home.search("an elephant") == found
    refused = home.upload(photo)
    assert (refused.status_code, refused.json()["code"]) == (503, "volume_unavailable")
    assert "active" not in home.active("scene-sense-worker.service", MOUNT_UNIT)
    assert home.written_below_the_mount_point() == []
    said = home.cli("doctor", check=False)
    assert said.returncode == 1
    assert "disk" in said.stdout
    disk.plug(home.box)
    home.until_ready()
    eventually(lambda: home.active("scene-sense-worker.service") == ["active"], deadline_seconds=60)
    home.add(photo)


def test_taking_it_off_leaves_what_is_ours_and_installing_again_finds_it(
    home: Household, bundle: Path
) -> None:
    before = home.sql("SELECT count(*) FROM asset")
    played = provision(home.box, bundle, playbook="uninstall.yml")
    assert played.good, played.output[-3000:]
    assert home.health() == {}
    assert (
        "scene-sense"
        not in home.box.run(["systemctl", "list-units", "--all", "--plain", "--no-legend"]).stdout
    )
    assert home.box.run(["ls", "/opt/scene-sense"], check=False).returncode != 0
    assert home.sql("SELECT count(*) FROM asset") == before
    again = provision(home.box, bundle)
    assert again.good, again.output[-3000:]
    home.until_ready()
    asset = home.search("an elephant")[0]
    assert home.original_sha256(asset) is not None
    assert provision(home.box, bundle).changed_tasks == []
