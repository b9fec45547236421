"""What keeps an appliance from standing up is said early, with the remedy, and nothing is changed by then."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from scripts.gates.tools import ROOT
from tests.support.box import Box, Disk, Played, play
from tests.support.household import MOUNT_UNIT, Household

pytestmark = pytest.mark.provision

PHOTOS = "/dev/disk/by-label/PHOTOS"
GOOD: dict[str, Any] = {
    "storage_device": PHOTOS,
    "app_lan": ["198.18.0.0/15"],
    "app_settings": {"FREE_SPACE_FLOOR_BYTES": 0},
}


@pytest.fixture(scope="module")
def disk(box: Box) -> Iterator[Disk]:
    with Disk("PHOTOS", megabytes=256) as made:
        made.plug(box)
        # Where the owner has other things.
        box.run(["mkdir", "-p", "/mnt/big"])
        yield made


@pytest.fixture(scope="module")
def home(box: Box, disk: Disk) -> Household:
    return Household(box)


def asked(box: Box, bundle: Path, **changes: object) -> Played:
    """A run with these variables changed; None leaves one out."""
    variables = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return play(box, bundle / "ansible" / "site.yml", variables)


def assert_refused(played: Played, *words: str) -> None:
    """It stopped before it changed anything, and said all of this."""
    said = " ".join(played.output.split())
    assert played.failed == 1, played.output[-2000:]
    assert played.changed_tasks == []
    assert [word for word in words if word not in said] == [], said[-2000:]


class MakeBundle(Protocol):
    """A bundle that says something else of itself."""

    def __call__(self, **changes: str) -> Path: ...


@pytest.fixture
def other_bundle(bundle: Path, tmp_path: Path) -> MakeBundle:
    """As much of a bundle as is looked at before anything is changed."""

    def make(**changes: str) -> Path:
        shutil.copytree(bundle / "ansible", tmp_path / "ansible")
        manifest = json.loads((bundle / "manifest.json").read_text())
        (tmp_path / "manifest.json").write_text(json.dumps(manifest | changes))
        return tmp_path

    return make


STORAGE = [
    (
        {"storage_device": None, "storage_folder": "/opt/scene-sense/photos"},
        ["is a folder of the program or of the system"],
    ),
    ({"storage_device": None, "storage_folder": "/var/lib"}, ["is a folder of the program or of the system"]),
    (
        {"storage_device": None, "storage_folder": "/tmp/photos"},
        ["is on tmpfs, which does not keep originals"],
    ),
    ({"storage_device": None}, ["exactly one of storage_device", "0 are set"]),
    ({"storage_on_system_disk": True}, ["exactly one of storage_device", "2 are set"]),
    ({"storage_device": "/dev/sdb1"}, ["may be another disk after the next boot", "/dev/disk/by-uuid"]),
    ({"storage_device": "/dev/disk/by-label/NOWHERE"}, ["There is no disk", "Plug it in"]),
    ({"storage_device": None, "storage_folder": "pictures"}, ["must be a path from the root"]),
    (
        {"storage_device": None, "storage_folder": "/home/pictures"},
        ["is on the system's disk", "storage_on_system_disk"],
    ),
]


@pytest.mark.parametrize(("changes", "words"), STORAGE)
def test_a_place_for_the_originals_that_can_not_be_meant_is_refused(
    box: Box, disk: Disk, bundle: Path, changes: dict[str, object], words: list[str]
) -> None:
    assert_refused(asked(box, bundle, **changes), *words)


def test_a_disk_without_a_file_system_is_refused_and_not_formatted(
    box: Box, disk: Disk, bundle: Path
) -> None:
    with Disk("BLANK", megabytes=32, file_system=None) as blank:
        blank.plug(box)
        assert_refused(
            asked(box, bundle, storage_device=blank.path), "has no file system", "DELETES everything"
        )
        assert not any(blank.image.read_bytes())
        blank.pull(box)


def test_a_disk_with_a_file_system_that_loses_names_is_refused(box: Box, disk: Disk, bundle: Path) -> None:
    with Disk("CAMERA", megabytes=32, file_system="vfat") as camera:
        camera.plug(box)
        assert_refused(asked(box, bundle, storage_device=camera.path), "has vfat", "ext4")
        camera.pull(box)


def test_a_disk_that_is_mounted_elsewhere_is_not_taken_away(box: Box, disk: Disk, bundle: Path) -> None:
    box.run(["mount", PHOTOS, "/mnt/big"])
    try:
        assert_refused(
            asked(box, bundle), "is mounted at /mnt/big already", "storage_folder: /mnt/big/scene-sense"
        )
    finally:
        box.run(["umount", "/mnt/big"])


def test_a_disk_with_other_files_is_refused_and_left_as_it_was(box: Box, disk: Disk, bundle: Path) -> None:
    box.run(["mount", PHOTOS, "/mnt/big"])
    box.write("/mnt/big/tax-2025.pdf", "not a picture")
    box.run(["umount", "/mnt/big"])
    assert_refused(asked(box, bundle), "holds other files (tax-2025.pdf)", "Is it the right disk?")
    assert box.run(["findmnt", PHOTOS], check=False).returncode != 0
    box.run(["mount", PHOTOS, "/mnt/big"])
    assert box.read("/mnt/big/tax-2025.pdf") == "not a picture"
    box.run(["rm", "/mnt/big/tax-2025.pdf"])
    box.run(["umount", "/mnt/big"])


def test_files_below_the_mount_point_are_not_hidden(box: Box, disk: Disk, bundle: Path) -> None:
    box.write("/srv/scene-sense/lost/picture.jpg", "a picture in the wrong directory")
    assert_refused(asked(box, bundle), "has files on the system's disk, which mounting would hide (lost)")
    box.run(["rm", "-r", "/srv/scene-sense"])


PROGRAM = [
    ({"app_lan": "198.18.0.0/15"}, ["app_lan, app_allow and app_oidc_networks are lists", "written as JSON"]),
    ({"app_lan": ["192.168.1.0/33"]}, ["have 192.168.1.0/33, which is no address and no network"]),
    ({"app_prot": 8021}, ["Nothing reads app_prot", "app_port"]),
    ({"app_port": 0}, ["app_port is 0; it must be from 1 to 65535"]),
    (
        {"app_settings": {"STORAGE_PATH": "/data"}},
        ["app_settings must not have STORAGE_PATH", "storage_device"],
    ),
    (
        {"app_secrets": {"OIDC": "x"}},
        [
            "app_secrets may have JWT_SECRET, CLIP_SERVER_KEY, ENCODER_KEY, OIDC_CLIENT_SECRET and nothing else"
        ],
    ),
    ({"app_signup": "everybody"}, ["app_signup is everybody", "off, invite or open"]),
    ({"app_oidc_admin_group": "admins"}, ["app_oidc_issuer is empty"]),
    ({"app_oidc_ca_file": "/nowhere/ca.pem"}, ["There is no file /nowhere/ca.pem", "runs the playbook"]),
    (
        {"app_settings": {"OIDC_ISSUER": "https://auth.example.org"}},
        ["app_settings must not have OIDC_ISSUER", "app_oidc"],
    ),
    ({"postgresql_url": "mysql://nas/photos"}, ["postgresql_url must begin with postgresql://"]),
    ({"queue_url": "amqp://nas"}, ["queue_url must begin with redis://"]),
    ({"models_active": "ViT-B-32"}, ["The bundle has no model ViT-B-32", "--model"]),
]


@pytest.mark.parametrize(("changes", "words"), PROGRAM)
def test_a_variable_that_makes_no_sense_is_refused(
    box: Box, disk: Disk, bundle: Path, changes: dict[str, object], words: list[str]
) -> None:
    assert_refused(asked(box, bundle, **changes), *words)


def test_a_port_that_is_taken_is_refused_with_who_has_it(box: Box, disk: Disk, bundle: Path) -> None:
    box.run(["systemd-run", "--unit=squatter", "python3", "-m", "http.server", "8020"])
    box.run(["sh", "-c", "until ss -Hltn 'sport = :8020' | grep -q .; do sleep 0.1; done"])
    assert_refused(asked(box, bundle), "Port 8020 is taken by another program", "python3", "app_port: 8021")
    box.run(["systemctl", "stop", "squatter"])


def test_another_system_is_refused(box: Box, disk: Disk, bundle: Path) -> None:
    kept = box.read("/etc/os-release")
    # A link to a file of the package; the facts follow the file.
    box.run(
        [
            "sh",
            "-c",
            "rm /etc/os-release && printf 'ID=fedora\\nNAME=Fedora\\nVERSION_ID=43\\n' >/etc/os-release",
        ]
    )
    box.run(
        [
            "sh",
            "-c",
            "mv /etc/debian_version /etc/debian_version.kept && echo 'Fedora release 43' >/etc/redhat-release",
        ]
    )
    try:
        assert_refused(asked(box, bundle), "is not supported", "tested on Debian 13")
    finally:
        box.run(["sh", "-c", "mv /etc/debian_version.kept /etc/debian_version && rm /etc/redhat-release"])
        box.write("/etc/os-release", kept)


def test_a_bundle_for_another_machine_is_refused(box: Box, disk: Disk, other_bundle: MakeBundle) -> None:
    assert_refused(
        asked(box, other_bundle(machine="riscv64")),
        "This bundle is for debian13 on riscv64",
        "make bundle ARGS=",
    )


def test_a_bundle_for_a_graphics_card_is_refused_where_no_driver_answers(
    box: Box, disk: Disk, other_bundle: MakeBundle
) -> None:
    assert_refused(
        asked(box, other_bundle(runtime="cuda13")),
        "no NVIDIA driver answers",
        "apt install nvidia-driver",
        "--runtime cpu",
    )


@pytest.mark.parametrize(
    ("driver", "remedy"), [("535.183.01", "--runtime cuda12"), ("470.256.02", "--runtime cpu")]
)
def test_a_driver_that_is_too_old_is_refused_with_the_build_that_fits(
    box: Box, disk: Disk, other_bundle: MakeBundle, driver: str, remedy: str
) -> None:
    # No card here: the driver's own tool answers as it would with one.
    box.write(
        "/usr/local/bin/nvidia-smi",
        f"#!/bin/sh\n[ \"$*\" = '--query-gpu=driver_version --format=csv,noheader' ] && echo {driver}\n",
        mode=0o755,
    )
    try:
        refused = asked(box, other_bundle(runtime="cuda13"))
        assert_refused(
            refused, f"The NVIDIA driver {driver} is too old for cuda13, which needs 580.65.06", remedy
        )
    finally:
        box.run(["rm", "/usr/local/bin/nvidia-smi"])


def test_a_folder_that_is_no_bundle_is_refused(box: Box, disk: Disk) -> None:
    refused = play(box, ROOT / "ansible" / "site.yml", GOOD)
    assert_refused(refused, "is not an unpacked bundle", "make bundle")


# From here on the machine is being provisioned.


def test_a_database_in_another_encoding_is_refused(home: Household, bundle: Path) -> None:
    box = home.box
    install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-17"
    # As on a bare machine, on which nobody has set a locale.
    box.run(["env", "-u", "LANG", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", install], timeout=300)
    ascii_only = ["createdb", "--template=template0", "--encoding=SQL_ASCII", "--locale=C", "scene-sense"]
    box.run(["runuser", "-u", "postgres", "--", *ascii_only])
    refused = asked(box, bundle)
    assert refused.failed == 1
    assert "is in SQL_ASCII" in refused.output
    assert "dropdb scene-sense" in refused.output
    assert box.run(["test", "-e", "/opt/scene-sense"], check=False).returncode != 0
    box.run(["runuser", "-u", "postgres", "--", "dropdb", "scene-sense"])


def test_what_an_interrupted_run_left_half_done_is_built_anew(home: Household, bundle: Path) -> None:
    release = f"/opt/scene-sense/releases/{json.loads((bundle / 'manifest.json').read_text())['id']}"
    home.box.write(f"{release}/venv/bin/python", "#!/bin/sh\nexit 3\n", mode=0o755)
    played = asked(home.box, bundle)
    assert played.good, played.output[-3000:]
    home.until_ready()
    assert home.sql("SHOW server_encoding") == "UTF8"
    again = asked(home.box, bundle)
    assert again.good
    assert again.changed_tasks == []


def still_serves(home: Household, before: str) -> bool:
    """The services were not touched by a run that was refused."""
    return (
        home.property("scene-sense-web.service", "MainPID") == before and home.health().get("missing") == []
    )


def test_a_database_of_a_newer_release_is_refused_and_what_runs_goes_on(
    home: Household, bundle: Path
) -> None:
    before = home.property("scene-sense-web.service", "MainPID")
    home.sql(
        "INSERT INTO migration (name, app_name, ran_on) VALUES ('2099-01-01T00:00:00:000000', 'scene_sense', now())"
    )
    refused = asked(home.box, bundle, app_settings={**GOOD["app_settings"], "LOG_LEVEL": "debug"})
    assert refused.failed == 1
    assert "newer release" in refused.output
    home.sql("DELETE FROM migration WHERE name LIKE '2099%'")
    assert still_serves(home, before)


def test_a_setting_that_there_is_not_is_refused_and_what_runs_goes_on(home: Household, bundle: Path) -> None:
    before = home.property("scene-sense-web.service", "MainPID")
    refused = asked(home.box, bundle, app_settings={**GOOD["app_settings"], "TRASH_DAY": 3})
    assert refused.failed == 1
    assert "TRASH_DAY is not a setting" in refused.output
    assert still_serves(home, before)


def test_a_queue_that_drops_messages_is_refused_and_what_runs_goes_on(home: Household, bundle: Path) -> None:
    before = home.property("scene-sense-web.service", "MainPID")
    options = ["--port", "6390", "--save", "", "--maxmemory", "32mb", "--maxmemory-policy", "allkeys-lru"]
    home.box.run(["systemd-run", "--unit=evicting", "valkey-server", *options])
    refused = asked(home.box, bundle, queue_url="redis://127.0.0.1:6390/0")
    assert refused.failed == 1
    assert "noeviction" in refused.output
    assert still_serves(home, before)
    home.box.run(["systemctl", "stop", "evicting"])


def test_a_disk_of_another_installation_is_refused_and_what_runs_goes_on(
    home: Household, bundle: Path
) -> None:
    before = home.property("scene-sense-web.service", "MainPID")
    with Disk("OTHER", megabytes=32) as other:
        other.plug(home.box)
        home.box.run(["mount", other.path, "/mnt/big"])
        home.box.write("/mnt/big/.scene-sense-volume", "8f14e45f-ceea-467f-a6d5-2c1e9f6b7a10\n")
        home.box.run(["umount", "/mnt/big"])
        refused = asked(home.box, bundle, storage_device=other.path)
        assert_refused(refused, "holds another one (8f14e45f-ceea-467f-a6d5-2c1e9f6b7a10)", "docs/disks.md")
        other.pull(home.box)
    assert still_serves(home, before)


def test_a_disk_of_another_installation_is_not_adopted_by_a_new_database(
    home: Household, bundle: Path
) -> None:
    """The database was lost and the disk was not: an empty database must not take the originals for its own."""
    home.box.run(["systemctl", "stop", "scene-sense.target", "scene-sense-storage.timer"])
    home.box.run(["mkdir", "/srv/scene-sense/0b8a1cbd-3f0b-4d8e-a1d5-0f2d6f3c9e11"])
    home.box.run(["runuser", "-u", "postgres", "--", "dropdb", "--force", "scene-sense"])
    refused = asked(home.box, bundle)
    assert refused.failed == 1
    assert "belongs to another installation" in refused.output or "another installation" in refused.output
    assert home.health() == {}


def test_the_right_wishes_are_granted_after_all_that(home: Household, bundle: Path) -> None:
    home.box.run(["rmdir", "/srv/scene-sense/0b8a1cbd-3f0b-4d8e-a1d5-0f2d6f3c9e11"])
    played = asked(home.box, bundle)
    assert played.good, played.output[-3000:]
    home.until_ready()
    assert home.active(MOUNT_UNIT) == ["active"]


def test_a_folder_on_a_disk_that_the_owner_mounts_takes_its_place(home: Household, bundle: Path) -> None:
    """The same library, shown in another way; and it is taken back when its disk is mounted again."""
    box = home.box
    box.run(["systemctl", "stop", "scene-sense-storage.timer", MOUNT_UNIT])
    box.run(["mount", PHOTOS, "/mnt/big"])
    wishes = {"storage_device": None, "storage_folder": "/mnt/big"}
    played = asked(box, bundle, **wishes)
    assert played.good, played.output[-3000:]
    home.until_ready()
    assert asked(box, bundle, **wishes).changed_tasks == []
    box.run(["systemctl", "stop", MOUNT_UNIT])
    box.run(["umount", "/mnt/big"])
    home.until_ready(missing=["volume"])
    assert home.written_below_the_mount_point() == []
    assert box.run(["ls", "/mnt/big"]).stdout == ""
    box.run(["mount", PHOTOS, "/mnt/big"])
    home.until_ready()


def test_originals_below_a_folder_that_would_be_removed_stop_the_uninstall(
    home: Household, bundle: Path
) -> None:
    home.box.write("/var/cache/scene-sense/old/.scene-sense-volume", "an old library")
    refused = play(home.box, bundle / "ansible" / "uninstall.yml", {"uninstall_data": True})
    assert_refused(refused, "Nothing was removed", "/var/cache/scene-sense/old/.scene-sense-volume")
    assert home.health()["ready"]
