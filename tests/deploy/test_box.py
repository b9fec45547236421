"""The test machine does what the tests of the deployment rely on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.box import Box, Disk, play
from tests.support.box.commands import CommandFailed, CommandHung
from tests.support.waiting import eventually

pytestmark = pytest.mark.provision

_MOUNT = """[Mount]
What=/dev/disk/by-label/PHOTOS
Where=/srv/photos
Type=ext4
LazyUnmount=yes
"""
_PATH = """[Path]
PathExists=/dev/disk/by-label/PHOTOS
Unit=srv-photos.mount

[Install]
WantedBy=multi-user.target
"""
_PLAYBOOK = """- hosts: all
  gather_facts: false
  tasks:
    - name: Say it
      ansible.builtin.copy:
        content: "{{ word }}"
        dest: /root/word
"""


@pytest.fixture(scope="module")
def disk(box: Box) -> Iterator[Disk]:
    with Disk("PHOTOS") as made:
        yield made


def mounted(box: Box) -> str:
    """The device below the mount point; empty when there is none."""
    return box.run(
        ["findmnt", "--noheadings", "--output", "SOURCE", "/srv/photos"], check=False
    ).stdout.strip()


def reaches_the_outside(box: Box) -> bool:
    # The resolver is on the way out.
    script = "import socket; socket.create_connection(('10.0.2.3', 53), 3)"
    return box.run(["python3", "-c", script], check=False).returncode == 0


def test_it_runs_and_nothing_has_failed(box: Box) -> None:
    assert box.state() == "running", box.diagnosis()
    assert box.read("/etc/debian_version").startswith("13")
    assert box.read("/proc/1/comm") == "systemd\n"


def test_a_command_that_fails_says_why(box: Box) -> None:
    with pytest.raises(
        CommandFailed, match=r"\['ls', '/nowhere'\]' returned non-zero exit status 2.\nls: cannot access"
    ):
        box.run(["ls", "/nowhere"])
    assert box.run(["false"], check=False).returncode == 1


def test_a_command_that_hangs_is_ended(box: Box) -> None:
    with pytest.raises(CommandHung, match="begun"):
        box.run(["sh", "-c", "echo begun; sleep 1234"], timeout=0.5)
    assert "sleep 1234" not in box.run(["ps", "-eo", "args"]).stdout


def test_a_way_out_that_can_be_cut(box: Box) -> None:
    assert reaches_the_outside(box)
    box.offline()
    assert not reaches_the_outside(box)
    box.online()
    assert reaches_the_outside(box)


def test_ansible_reaches_it(box: Box, tmp_path: Path) -> None:
    playbook = tmp_path / "site.yml"
    playbook.write_text(_PLAYBOOK)
    asked = play(box, playbook, {"word": "größer"}, check=True)
    assert (asked.good, asked.changed) == (True, 1), asked.output
    done = play(box, playbook, {"word": "größer"})
    assert (done.good, done.changed_tasks) == (True, ["Say it"]), done.output
    assert box.read("/root/word") == "größer"
    failed = play(box, playbook)
    assert (failed.good, failed.failed) == (False, 1), failed.output


def test_files_are_there_after_a_reboot_and_after_a_power_cut(box: Box) -> None:
    boots = {box.read("/proc/sys/kernel/random/boot_id")}
    box.write("/var/lib/kept/file", "kept")
    for restart in (box.reboot, box.crash):
        assert restart() == "running"
        boots.add(box.read("/proc/sys/kernel/random/boot_id"))
        assert box.read("/var/lib/kept/file") == "kept"
    assert len(boots) == 3


def test_a_disk_is_mounted_as_soon_as_it_is_plugged_in(box: Box, disk: Disk) -> None:
    box.write("/etc/systemd/system/srv-photos.mount", _MOUNT)
    box.write("/etc/systemd/system/srv-photos.path", _PATH)
    box.run(["systemctl", "enable", "--now", "srv-photos.path"])
    assert not mounted(box)
    disk.plug(box)
    eventually(lambda: mounted(box))
    box.write("/srv/photos/synced", "synced")
    box.run(["sync", "--file-system", "/srv/photos"])


def test_a_plugged_disk_is_there_after_a_reboot(box: Box, disk: Disk) -> None:
    box.reboot()
    assert mounted(box) == f"/dev/{disk.device.node}"
    assert box.read("/srv/photos/synced") == "synced"


def test_a_power_cut_loses_what_was_not_synced_to_a_disk(box: Box, disk: Disk) -> None:
    box.write("/srv/photos/unsynced", "unsynced")
    box.crash()
    assert mounted(box)
    assert box.run(["ls", "/srv/photos"]).stdout.split() == ["lost+found", "synced"]


def yank(box: Box, disk: Disk) -> None:
    """It is still mounted, and every touch is an error, until the unit lets go."""
    disk.yank(box)
    assert box.run(["test", "-e", disk.path], check=False).returncode == 1
    assert mounted(box)
    for touch in (
        ["cat", "/srv/photos/synced"],
        ["touch", "/srv/photos/new"],
        ["mkdir", "/srv/photos/folder"],
    ):
        answer = box.run(touch, check=False)
        assert "Input/output error" in answer.stderr, (touch, answer)
    disk.let_go(box, "srv-photos.mount")
    assert not mounted(box)


def test_a_yanked_disk_fails_and_nothing_lands_on_the_system(box: Box, disk: Disk) -> None:
    yank(box, disk)
    assert box.run(["find", "/srv/photos", "-mindepth", "1"]).stdout == ""


def test_plugged_in_again_it_is_mounted_with_the_same_files(box: Box, disk: Disk) -> None:
    disk.plug(box)
    eventually(lambda: mounted(box))
    assert box.read("/srv/photos/synced") == "synced"


def test_a_disk_of_after_the_boot_can_be_yanked_too_and_comes_back_as_another_device(
    box: Box, disk: Disk
) -> None:
    before = disk.device.number
    yank(box, disk)
    disk.plug(box)
    assert disk.device.number != before
    assert eventually(lambda: mounted(box)) == f"/dev/{disk.device.node}"
    assert box.read("/srv/photos/synced") == "synced"
