import re
from pathlib import Path

import pytest
import yaml

from appliance.settings import SECRETS, Settings, load
from scripts.gates import playbook, shell
from scripts.gates.tools import ROOT
from scripts.targets import SYSTEMS

ROLES = ROOT / "ansible" / "roles"


@pytest.mark.parametrize("role", playbook.roles(), ids=lambda role: role.name)
def test_defaults_and_specification_of_a_role_agree(role: Path) -> None:
    assert playbook.disagreements(role) == []


@pytest.mark.parametrize("role", playbook.roles(), ids=lambda role: role.name)
def test_every_role_can_be_taken_off_again(role: Path) -> None:
    assert (role / "tasks" / "uninstall.yml").exists()


def test_a_default_that_is_not_specified_is_found(tmp_path: Path) -> None:
    for name in ("defaults", "meta"):
        (tmp_path / "role" / name).mkdir(parents=True)
    (tmp_path / "role/defaults/main.yml").write_text("# Why.\nrole_a: 1\nrole_b: text\nrole_url: ''\n")
    (tmp_path / "role/meta/argument_specs.yml").write_text(
        "argument_specs:\n  main:\n    options:\n      role_a: {type: str}\n      role_url: {type: str}\n"
        "      role_c: {type: int}\n"
    )
    found = playbook.disagreements(tmp_path / "role")
    assert found == [
        "role: role_a has a default of another type than str",
        "role: role_b has a default and no specification",
        "role: role_b has no comment",
        "role: role_c is specified and has no default",
        "role: role_url has no comment",
        "role: role_url is a secret without no_log",
    ]


def test_only_ansibles_own_modules_are_used() -> None:
    used = {
        found
        for path in (ROOT / "ansible").rglob("*.yml")
        for found in re.findall(
            r"^\s+([a-z_]+\.[a-z_]+\.[a-z_]+):", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert used
    assert all(name.startswith("ansible.builtin.") for name in used)


def test_settings_that_the_playbook_writes_are_settings() -> None:
    template = (ROLES / "app/templates/scene-sense.env.j2").read_text(encoding="utf-8")
    written = set(re.findall(r"^([A-Z_]+)=", template, re.MULTILINE))
    assert written <= {name.upper() for name in Settings.model_fields}
    variables = yaml.safe_load((ROLES / "app/vars/main.yml").read_text(encoding="utf-8"))
    assert written == set(variables["app_own_settings"])
    assert set(variables["app_secret_names"]) | (written & SECRETS) == SECRETS


@pytest.mark.parametrize(
    ("runtime", "settings", "worker", "web"),
    [
        ("cpu", {}, None, None),
        ("cuda13", {}, "cuda", "cpu"),
        ("cuda12", {"CLIP_PROVIDER": "auto"}, None, None),
    ],
)
def test_the_graphics_card_is_a_must_for_the_worker_and_nothing_to_the_server(
    runtime: str, settings: dict[str, str], worker: str | None, web: str | None
) -> None:
    jinja2 = pytest.importorskip("jinja2", reason="Ansible's templates; the extra provision brings it")

    def chosen(template: str, unit: str) -> str | None:
        text = (ROLES / "app/templates" / template).read_text(encoding="utf-8")
        written = jinja2.Template(text, trim_blocks=True).render(
            item=unit,
            common_manifest={"runtime": runtime},
            app_settings=settings,
            app_is_local=True,
            app_lan=[],
            app_allow=[],
            app_oidc_networks=[],
        )
        found = re.search(r"^Environment=CLIP_PROVIDER=(\w+)$", written, re.MULTILINE)
        return found[1] if found else None

    assert chosen("work.conf.j2", "scene-sense-worker.service") == worker
    assert chosen("work.conf.j2", "scene-sense-purge.service") is None
    assert chosen("service.conf.j2", "scene-sense-web.service") == web


def test_the_wishes_about_people_become_settings_that_can_be_loaded(tmp_path: Path) -> None:
    jinja2 = pytest.importorskip("jinja2", reason="Ansible's templates; the extra provision brings it")
    defaults = yaml.safe_load((ROLES / "app/defaults/main.yml").read_text(encoding="utf-8"))
    variables = yaml.safe_load((ROLES / "app/vars/main.yml").read_text(encoding="utf-8"))
    template = (ROLES / "app/templates/scene-sense.env.j2").read_text(encoding="utf-8")
    template = re.sub(r"ansible_facts\S+", "'nas'", template).replace(" | dictsort", ".items()")

    def loaded(**wishes: object) -> Settings:
        wished = {**defaults, "postgresql_url": "", "postgresql_port": 5432, "queue_url": "", **wishes}
        mode = jinja2.Template(variables["app_signup_mode"]).render(wished)
        wished |= {"app_signup_mode": mode, "app_oidc_ca_path": variables["app_oidc_ca_path"]}
        env_file = tmp_path / "env"
        env_file.write_text(
            jinja2.Template(template, trim_blocks=True).render(
                wished, models_active="starter", queue_server="valkey"
            )
        )
        return load({"HOME": str(tmp_path)}, env_file=env_file)

    usual = loaded()
    assert (usual.signup, usual.oidc_enabled, usual.public_url) == ("off", False, "http://nas:8020")
    # A bare `off` in YAML is false.
    assert loaded(app_signup=False).signup == "off"
    assert loaded(app_signup="invite").signup == "invite"
    with_provider = loaded(
        app_oidc_issuer="https://auth.example.org",
        app_oidc_viewer_group="guests",
        app_oidc_ca_file="/home/anna/ca.pem",
        app_settings={"OIDC_SIGNING_ALG": ["ES256", "RS256"]},
    )
    assert with_provider.oidc_enabled
    assert with_provider.oidc_client_id == "scene-sense"
    assert (with_provider.oidc_viewer_group, with_provider.oidc_admin_group) == ("guests", None)
    assert with_provider.oidc_ca_file == Path("/etc/scene-sense/oidc-ca.pem")
    assert with_provider.oidc_signing_alg == ("ES256", "RS256")


def test_the_provider_is_open_to_the_web_server_alone() -> None:
    jinja2 = pytest.importorskip("jinja2", reason="Ansible's templates; the extra provision brings it")
    given = {
        "app_lan": ["10.0.0.0/8"],
        "app_allow": [],
        "app_oidc_networks": ["203.0.113.7"],
        "app_settings": {},
    }
    for template in ("service.conf.j2", "socket.conf.j2", "work.conf.j2"):
        text = (ROLES / "app/templates" / template).read_text(encoding="utf-8")
        written = jinja2.Template(text).render(
            given, app_port=8020, app_is_local=False, item="x", common_manifest={"runtime": "cpu"}
        )
        assert ("203.0.113.7" in written) == (template == "service.conf.j2")


def test_the_systems_of_bundles_are_those_of_the_playbook() -> None:
    variables = yaml.safe_load((ROLES / "common/vars/main.yml").read_text(encoding="utf-8"))
    assert set(variables["common_systems"]) == set(SYSTEMS)


def test_the_shell_scripts_are_found() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in shell.shell_scripts()}
    assert {".ci/run", "ansible/install", "ansible/roles/app/files/scene-sense"} <= found
