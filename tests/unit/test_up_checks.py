"""What would make ``up`` fail is said in one line before anything is started."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.cli.serving import child_environment, shown_address
from appliance.cli.up import check_address, only_one, prepare_folders
from appliance.embedded.place import ServerUser, can_enter
from appliance.embedded.tuning import MIB, parameters
from appliance.errors import Conflict, SettingsError, UsageError
from appliance.settings import load
from tests.conftest import MakeSettings


def test_a_second_up_on_the_same_folder_names_the_first(make_settings: MakeSettings) -> None:
    settings = make_settings()
    prepare_folders(settings)
    with (
        only_one(settings),
        pytest.raises(Conflict, match=rf"already runs on .* \(process {os.getpid()}, at "),
        only_one(settings),
    ):
        pass
    with only_one(settings):
        pass


def test_an_address_that_is_taken_is_named_with_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            Conflict, match=rf"Port {port} at 127.0.0.1 is taken.*--bind 127.0.0.1:{port + 1}"
        ):
            check_address(f"127.0.0.1:{port}")


def test_an_address_that_is_not_this_machines_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"Can't listen on 192\.0\.2\.7:8020"):
        check_address("192.0.2.7:8020")
    with pytest.raises(SettingsError, match=r"Can't listen on no-such-host\.invalid:8020"):
        check_address("no-such-host.invalid:8020")
    for bind in ("fd://3", "127.0.0.1:0"):
        with pytest.raises(UsageError):
            check_address(bind)


def test_a_unix_socket_is_free_until_somebody_listens(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    check_address(f"unix:{path}")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        with pytest.raises(Conflict):
            check_address(f"unix:{path}")
    check_address(f"unix:{path}")


def test_a_data_folder_below_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "scene-sense"), "up", "--data", str(tmp_path / "file" / "data")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"scene-sense: The data folder {tmp_path}/file/data can't be used:")
    assert done.stderr.count("\n") == 1


def test_the_folders_inside_the_data_folder_are_for_the_owner_alone(make_settings: MakeSettings) -> None:
    settings = make_settings()
    prepare_folders(settings)
    assert settings.data_path.stat().st_mode & 0o066 == 0
    for folder in (settings.cache_path, settings.models_path):
        assert folder.stat().st_mode & 0o077 == 0


def test_a_child_gets_the_very_settings_wherever_they_came_from(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings(
        database_url="postgresql://me:p%40ss@db/photos",
        trusted_hosts="nas.local, photos.home",
        session_idle_hours="1.5",
        trash_days="0",
        bind="[::1]:9000",
    )
    outer = {"PATH": "/bin", "DATABASE_URL_FILE": "/run/secret", "LOG_LEVEL": "debug"}
    given = child_environment(settings, outer)
    assert given["PATH"] == "/bin"
    inner = load({name: value for name, value in given.items() if name != "PYTHONUNBUFFERED"})
    assert inner == settings


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, "http://127.0.0.1:8020"),
        ({"bind": "[::1]:80"}, "http://[::1]:80"),
        ({"public_url": "https://photos.example.org/"}, "https://photos.example.org"),
    ],
)
def test_the_address_that_is_printed_is_the_one_to_type(
    make_settings: MakeSettings, given: dict[str, str], shown: str
) -> None:
    assert shown_address(make_settings(**given)) == shown


def test_an_address_for_all_networks_is_shown_as_this_machines_own(make_settings: MakeSettings) -> None:
    shown = shown_address(make_settings(bind="0.0.0.0:8020"))
    assert shown.endswith(":8020")
    assert "0.0.0.0" not in shown  # noqa: S104


def test_a_small_machine_gets_small_shares_and_a_big_one_is_not_taken_over() -> None:
    small = parameters(512 * MIB, 64 * MIB)
    assert small["shared_buffers"] == "64MB"
    assert small["max_parallel_maintenance_workers"] == "0"
    big = parameters(256 * 1024 * MIB, 128 * 1024 * MIB)
    assert big["shared_buffers"] == "1024MB"
    assert "max_parallel_maintenance_workers" not in big
    assert small["jit"] == big["jit"] == "off"


def test_whether_a_user_can_enter_is_read_from_every_folder_on_the_way(tmp_path: Path) -> None:
    stranger = ServerUser(uid=54321, gid=54321, name="stranger")
    inner = tmp_path / "inner"
    inner.mkdir(mode=0o755)
    tmp_path.chmod(0o700)
    assert not can_enter(stranger, inner)
    owner = inner.stat()
    assert can_enter(ServerUser(owner.st_uid, owner.st_gid, "owner"), Path("/"))
