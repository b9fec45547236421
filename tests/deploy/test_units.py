import re
import shutil
from pathlib import Path

import pytest
import yaml
from jinja2 import Environment
from typer.main import get_command

from appliance.cli.main import app
from appliance.settings import SECRETS, Settings
from scripts.gates import units
from scripts.gates.tools import ROOT, LeftOut
from tests.support.services import unavailable

ANSIBLE = ROOT / "ansible"

#: Enabled by owners who want it.
OPTIONAL = {"scene-sense-encoder.service"}


def values(unit: str, section: str, key: str) -> list[str]:
    text = (units.UNITS / unit).read_text(encoding="utf-8")
    inside, found = "", []
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.strip("[]")
        elif inside == section and line.partition("=")[0] == key:
            found.append(line.partition("=")[2])
    return found


def names(suffix: str) -> list[str]:
    return [unit.name for unit in units.unit_files(units.UNITS) if unit.suffix == suffix]


@pytest.mark.parametrize("timer", names(".timer"))
def test_every_timer_starts_a_service_whose_verb_the_command_line_has(timer: str) -> None:
    command = values(timer.replace(".timer", ".service"), "Service", "ExecStart")[0].split()
    verb = command[command.index("--env-file") + 2]
    assert verb in getattr(get_command(app), "commands", {})


@pytest.mark.parametrize("service", names(".service"))
def test_every_service_runs_as_the_user_that_sysusers_makes(service: str) -> None:
    made = (units.UNITS / "sysusers.d" / "scene-sense.conf").read_text(encoding="utf-8")
    user = values(service, "Service", "User")[0]
    assert f"\nu {user} " in made


@pytest.mark.parametrize("service", names(".service"))
def test_credentials_are_secrets_by_their_names(service: str) -> None:
    imported = values(service, "Service", "ImportCredential")
    assert imported
    assert set(imported) <= {f"scene-sense.{name}" for name in SECRETS}


def test_only_the_web_server_is_given_every_secret_of_the_library() -> None:
    given = {name: set(values(name, "Service", "ImportCredential")) for name in names(".service")}
    of_the_encoder = {"scene-sense.ENCODER_KEY"}
    every = {f"scene-sense.{name}" for name in SECRETS} - of_the_encoder
    assert [name for name, secrets in given.items() if secrets == every] == ["scene-sense-web.service"]
    assert given["scene-sense-encoder.service"] == of_the_encoder


@pytest.mark.parametrize("service", ["scene-sense-web.service", "scene-sense-worker.service"])
def test_what_encodes_is_given_the_key_of_encoder_servers(service: str) -> None:
    assert "scene-sense.CLIP_SERVER_KEY" in values(service, "Service", "ImportCredential")


def test_the_encoder_server_may_listen_where_its_default_is_and_nowhere_else() -> None:
    port = Settings.model_fields["encoder_bind"].default.rpartition(":")[2]
    assert values("scene-sense-encoder.service", "Service", "SocketBindDeny") == ["any"]
    assert values("scene-sense-encoder.service", "Service", "SocketBindAllow") == [f"tcp:{port}"]


def test_the_worker_may_use_the_network_when_an_encoder_server_is_named() -> None:
    listed = yaml.safe_load((ANSIBLE / "roles/app/vars/main.yml").read_text(encoding="utf-8"))
    is_local = Environment(autoescape=False).from_string(listed["app_is_local"])  # noqa: S701
    template = (ANSIBLE / "roles/app/templates/work.conf.j2").read_text(encoding="utf-8")
    wanted = {}
    for url in ("", "http://gpu.local:8030"):
        local = is_local.render(app_settings={"CLIP_SERVER_URL": url}, postgresql_url="", queue_url="")
        wanted[url] = (
            Environment(autoescape=False)  # noqa: S701 - a unit file is no page
            .from_string(template)
            .render(
                app_is_local=local == "True",
                app_lan=["10.0.0.0/8"],
                app_allow=["203.0.113.7"],
                common_manifest={"runtime": "cpu"},
                item="scene-sense-worker.service",
            )
        )
    assert "PrivateNetwork=yes" in wanted[""]
    assert "PrivateNetwork=no" in wanted["http://gpu.local:8030"]
    assert "IPAddressAllow=localhost 10.0.0.0/8 203.0.113.7" in wanted["http://gpu.local:8030"]


@pytest.mark.parametrize(
    "service", ["scene-sense-worker.service", "scene-sense-purge.service", "scene-sense-scrub.service"]
)
def test_what_works_on_originals_asks_for_the_mount_and_asserts_it(service: str) -> None:
    assert values(service, "Unit", "RequiresMountsFor") == ["/srv/scene-sense"]
    assert values(service, "Unit", "AssertPathIsMountPoint") == ["/srv/scene-sense"]


@pytest.mark.parametrize("service", names(".service"))
def test_memory_tasks_and_addresses_are_bounded(service: str) -> None:
    assert values(service, "Service", "MemoryMax")
    assert values(service, "Service", "TasksMax")
    assert values(service, "Service", "IPAddressDeny") == ["any"]


def test_the_program_asks_the_kernel_for_no_priority_as_the_units_refuse_that() -> None:
    refused = re.compile(r"os\.(setpriority|nice|sched_set\w+)\b")
    asking = [
        path.relative_to(ROOT).as_posix()
        for package in ("appliance", "web", "workers")
        for path in (ROOT / package).rglob("*.py")
        if refused.search(path.read_text(encoding="utf-8"))
    ]
    assert asking == []
    assert "~@privileged @resources" in values("scene-sense-web.service", "Service", "SystemCallFilter")


def test_the_target_wants_everything_that_runs_by_itself() -> None:
    wanted = " ".join(values("scene-sense.target", "Unit", "Wants")).split()
    started_by_timers = {timer.replace(".timer", ".service") for timer in names(".timer")}
    runs = set(names(".service") + names(".socket") + names(".timer")) - started_by_timers - OPTIONAL
    assert set(wanted) == runs


def test_the_playbook_installs_exactly_these_units() -> None:
    listed = yaml.safe_load((ANSIBLE / "roles/app/vars/main.yml").read_text(encoding="utf-8"))["app_units"]
    assert sorted(listed) == [unit.name for unit in units.unit_files(units.UNITS)]


def test_a_setting_without_a_reason_is_found(tmp_path: Path) -> None:
    unit = tmp_path / "x.service"
    unit.write_text("[Service]\n# Why.\nA=1\nB=2\n\nC=3\n")
    assert units.lines_without_reason(unit) == ["x.service:6: no reason is given for C=3"]


def test_a_unit_that_systemd_can_not_load_and_one_that_may_too_much_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "units"
    shutil.copytree(units.UNITS, folder)
    web = folder / "scene-sense-web.service"
    closed = ("NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "PrivateUsers=yes")
    web.write_text("\n".join(line for line in web.read_text().splitlines() if line not in closed))
    worker = folder / "scene-sense-worker.service"
    worker.write_text(worker.read_text().replace("Type=notify", "Tpye=notify"))
    try:
        found = "\n".join(units.problems_of(folder))
    except LeftOut as reason:
        unavailable(str(reason))
    assert "scene-sense-web.service: its exposure is" in found
    assert "Tpye" in found
