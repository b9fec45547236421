"""The folder of models on a provisioned machine: the command line may change it, and no service can."""

from pathlib import Path

import pytest
import yaml

from scripts.gates import units
from scripts.gates.tools import ROOT

FOLDER = "/var/lib/scene-sense-models"
SERVICES = [unit for unit in units.unit_files(units.UNITS) if unit.suffix == ".service"]


def test_it_belongs_to_the_user_that_the_command_line_runs_as() -> None:
    lines = (units.UNITS / "tmpfiles.d/scene-sense.conf").read_text(encoding="utf-8").splitlines()
    assert [line.split()[2:] for line in lines if line.startswith(f"d {FOLDER} ")] == [
        ["0755", "scene-sense", "scene-sense"]
    ]
    wrapper = (ROOT / "ansible/roles/app/files/scene-sense").read_text(encoding="utf-8")
    assert "--reuid=scene-sense" in wrapper


def test_models_of_a_bundle_are_given_to_the_same_user() -> None:
    tasks = yaml.safe_load((ROOT / "ansible/roles/models/tasks/main.yml").read_text(encoding="utf-8"))
    owners = [
        (step["owner"], step["group"])
        for task in tasks
        for module, step in task.items()
        if module in {"ansible.builtin.copy", "ansible.builtin.file"}
    ]
    assert owners == [("scene-sense", "scene-sense")] * 2


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_no_service_can_write_there(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    assert "ProtectSystem=strict" in text
    opened = [
        line
        for line in text.splitlines()
        if line.startswith(("ReadWritePaths=", "StateDirectory=", "BindPaths=")) and "models" in line
    ]
    assert opened == []
