"""A provisioned box as its household uses it: over HTTP from outside, and with the command line inside."""

import hashlib
import json
import platform
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import httpx

from scripts.bundle import build
from scripts.targets import Target
from tests.support.box.machine import Box
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "tests" / "data" / "photos"

#: As systemd calls the mount of /srv/scene-sense.
MOUNT_UNIT = r"srv-scene\x2dsense.mount"

#: What runs all the time, on a machine where all is well.
RUNNING = (
    "scene-sense.target",
    "scene-sense-web.socket",
    "scene-sense-web.service",
    "scene-sense-worker.service",
    "scene-sense-migrate.service",
    "scene-sense-purge.timer",
    "scene-sense-sweep.timer",
    "scene-sense-scrub.timer",
    "postgresql@17-main.service",
    "valkey-server@scene-sense.service",
    MOUNT_UNIT,
)


def bundle(*, with_debs: bool = False) -> Path:
    """The bundle for boxes, built where it is not yet."""
    machine = platform.machine()
    return build(Target("debian13", machine, "cpu"), with_debs=with_debs, out=ROOT / "dist")


def photos() -> list[Path]:
    """The photos of the tests."""
    return sorted((PHOTOS / "images").glob("*.jpg"))


def caption_of(photo: Path) -> str:
    """What a person says of it."""
    entries = json.loads((PHOTOS / "captions.json").read_text(encoding="utf-8"))
    return str(next(entry["captions"][0] for entry in entries if entry["file"].endswith(photo.name)))


def another(photo: Path, folder: Path) -> Path:
    """The same picture in other bytes: readers of JPEG stop at its end marker."""
    copy = folder / f"{secrets.token_hex(4)}-{photo.name}"
    copy.write_bytes(photo.read_bytes() + copy.name.encode())
    return copy


@dataclass(slots=True)
class Household:
    """The appliance in a box."""

    box: Box
    port: int = 8020
    key: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """Its address, from outside."""
        return f"http://{self.box.address}:{self.port}"

    def client(self, *, timeout: float = 30) -> httpx.Client:
        """Whoever has the key."""
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=timeout, trust_env=False)

    def health(self) -> dict[str, Any]:
        """What the ready endpoint says; nothing where nobody answers."""
        try:
            with self.client(timeout=10) as client:
                return dict(client.get("/api/health/ready").json())
        except (httpx.HTTPError, ValueError):
            return {}

    def until_ready(self, *, missing: Sequence[str] = (), seconds: float = 90) -> None:
        """Wait until requests are served and nothing but ``missing`` is."""
        eventually(
            lambda: self.health().get("ready") is True and self.health().get("missing") == list(missing),
            deadline_seconds=seconds,
        )

    def make_first_account(self) -> None:
        """What the link of the playbook's last line does; and a key for scripts."""
        token = self.box.read("/var/lib/scene-sense/secrets/setup-token").strip()
        with self.client() as client:
            answer = client.post(
                "/api/auth/setup",
                json={"token": token, "username": "anna", "password": "correct horse battery staple"},
                headers={"Origin": self.url},
            )
            assert answer.status_code == 201, answer.text
        self.key = self.cli("key", "create", "--name", "tests").stdout.strip()

    def cli(self, *words: str, check: bool = True, timeout: float = 120) -> CompletedProcess[str]:
        """The command line, as root types it on the machine."""
        return self.box.run(["scene-sense", *words], check=check, timeout=timeout)

    def upload(self, photo: Path, **fields: str) -> httpx.Response:
        """Add a picture."""
        with self.client() as client:
            return client.post("/api/assets", files={"file": (photo.name, photo.read_bytes())}, data=fields)

    def add(self, photo: Path, **fields: str) -> str:
        """Add a picture that has to be taken, and give its id."""
        answer = self.upload(photo, **fields)
        assert answer.status_code in {200, 201}, answer.text
        return str(answer.json()["asset"]["id"])

    def search(self, text: str, *, limit: int = 5) -> list[str]:
        """The ids of what is found, the nearest first."""
        with self.client() as client:
            answer = client.get("/api/search", params={"q": text, "limit": limit})
            answer.raise_for_status()
            return [str(item["id"]) for item in answer.json()["items"]]

    def original_sha256(self, asset: str) -> str | None:
        """The hash of the bytes that the server gives; None where it has none."""
        with self.client() as client:
            answer = client.get(f"/api/assets/{asset}/original")
            return hashlib.sha256(answer.content).hexdigest() if answer.is_success else None

    def active(self, *units: str) -> list[str]:
        """The states of units, in their order."""
        return self.box.run(["systemctl", "is-active", *units], check=False).stdout.split()

    def sql(self, statement: str) -> str:
        """What the database says to its administrator."""
        command = ["runuser", "-u", "postgres", "--", "psql", "-XtAc", statement, "scene-sense"]
        return self.box.run(command).stdout.strip()

    def property(self, unit: str, name: str) -> str:
        """A property of a unit, as systemd has it."""
        return self.box.run(["systemctl", "show", "--property", name, "--value", unit]).stdout.strip()

    def may_write(self, unit: str, path: str) -> bool:
        """Whether a service can make a file in this folder, in its own view of the file system."""
        inside = [
            "nsenter",
            "-t",
            self.property(unit, "MainPID"),
            "-m",
            "--",
            "setpriv",
            "--reuid=scene-sense",
        ]
        probe = [
            "--regid=scene-sense",
            "--clear-groups",
            "sh",
            "-c",
            'touch "$0/probe" && rm "$0/probe"',
            path,
        ]
        return self.box.run([*inside, *probe], check=False).returncode == 0

    def written_below_the_mount_point(self) -> list[str]:
        """What is in the empty folder that the disk is mounted on, on the system's disk."""
        script = 'mount --bind / "$0" && ls -A "$0/srv/scene-sense"; umount "$0"; rmdir "$0"'
        folder = self.box.run(["mktemp", "-d"]).stdout.strip()
        return self.box.run(["sh", "-c", script, folder]).stdout.split()
