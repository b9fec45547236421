"""On the machine itself, from an archive alone: no network, and no disk beside the system's."""

import time
from pathlib import Path

import pytest

from tests.support import household
from tests.support.box import Box
from tests.support.deploy_figures import record
from tests.support.household import Household, caption_of, photos
from tests.support.waiting import eventually

pytestmark = pytest.mark.provision

VARIABLES = """storage_on_system_disk: true
app_lan: [198.18.0.0/15]
app_settings: {FREE_SPACE_FLOOR_BYTES: 0}
"""


def test_an_archive_is_enough_on_a_machine_without_any_network(box: Box, bundle: Path) -> None:
    folder = household.bundle(with_debs=True)
    archive = folder.with_name(folder.name + ".tar")
    online = bundle.with_name(bundle.name + ".tar")
    record(offline_bundle_bytes=archive.stat().st_size, bundle_bytes=online.stat().st_size)
    box.offline()
    started = time.monotonic()
    box.put(archive, "/root/bundle.tar")
    box.run(["tar", "-xf", "/root/bundle.tar", "-C", "/root"])
    box.write("/etc/scene-sense/site.yml", VARIABLES)
    said = box.run([f"/root/{folder.name}/install"], timeout=900)
    assert "failed=0" in said.stdout
    home = Household(box)
    home.until_ready()
    home.make_first_account()
    photo = photos()[3]
    asset = home.add(photo)
    eventually(lambda: home.search(caption_of(photo)) == [asset], deadline_seconds=60)
    record(bare_to_first_search_offline_seconds=round(time.monotonic() - started))
    assert box.run(["ls", f"/var/lib/scene-sense-originals/{asset}"]).stdout.strip() == photo.name


def test_a_second_run_there_changes_nothing(box: Box) -> None:
    said = box.run(["sh", "-c", "/root/scene-sense-*/install"], timeout=600)
    assert "changed=0" in said.stdout


def test_an_archive_that_was_changed_is_refused(box: Box) -> None:
    box.run(["sh", "-c", "cp -r /root/scene-sense-* /root/changed && echo >>/root/changed/ansible/site.yml"])
    refused = box.run(["/root/changed/install"], check=False)
    assert refused.returncode == 1
    assert (
        refused.stderr.splitlines()[-1] == "install: the bundle is not as it was built; copy it here again."
    )


def test_whoever_is_not_root_is_told_so(box: Box) -> None:
    box.run(["sh", "-c", "cp -r /root/scene-sense-* /var/tmp/bundle"])
    refused = box.run(["runuser", "-u", "nobody", "--", "/var/tmp/bundle/install"], check=False)
    assert refused.returncode == 1
    assert "run it as root" in refused.stderr


def test_taking_it_off_with_its_data_leaves_the_originals(box: Box) -> None:
    originals = box.run(["find", "/var/lib/scene-sense-originals", "-name", "*.jpg"]).stdout
    assert originals
    said = box.run(["sh", "-c", "/root/scene-sense-*/uninstall -e uninstall_data=true"], timeout=300)
    assert "failed=0" in said.stdout
    assert box.run(["find", "/var/lib/scene-sense-originals", "-name", "*.jpg"]).stdout == originals
    for path in (
        "/var/lib/scene-sense",
        "/var/cache/scene-sense",
        "/opt/scene-sense",
        "/usr/local/bin/scene-sense",
    ):
        assert box.run(["test", "-e", path], check=False).returncode != 0, path
    databases = box.run(
        ["runuser", "-u", "postgres", "--", "psql", "-XtAc", "SELECT datname FROM pg_database"]
    )
    assert "scene-sense" not in databases.stdout.split()
