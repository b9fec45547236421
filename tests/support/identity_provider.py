"""Real identity providers as processes of their own: npm's certified one, which can be spoiled, and Canaille.

``scripts.providers`` installs both. Each prints ``ready`` once it listens, and ends with its standard input, so that
none outlives a run of the suite that was killed.
"""

import json
import ssl
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from scripts.build_ui import BuildError, find_node
from scripts.providers import CANAILLE, PACKAGE
from tests.support.services import unavailable
from tests.support.up import free_port
from tests.support.waiting import eventually

#: A start takes a second; a machine that is busy with other suites takes longer.
READY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that answers, with what the owner of an appliance would be told about it."""

    issuer: str
    process: subprocess.Popen[str]
    client_id: str = "scene-sense"
    client_secret: str = "scene-secret-scene-secret-scene-secret"

    def settings(self, origin: str) -> dict[str, str]:
        """The settings of an appliance at this address."""
        return {
            "PUBLIC_URL": origin,
            "OIDC_ENABLED": "true",
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": self.client_id,
            "OIDC_CLIENT_SECRET": self.client_secret,
            "OIDC_SCOPE": "openid profile email groups",
            "OIDC_ALLOW_HTTP_ISSUER": "true",
        }

    def tell(self, line: object) -> str:
        """Write one line to it; what it answers."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()


@dataclass(frozen=True, slots=True)
class NpmProvider(Provider):
    """The certified provider, with its control plane."""

    #: Whom to believe, where it is behind https.
    verify: ssl.SSLContext | bool = True

    def control(self, **controls: object) -> dict[str, Any]:
        """Do what ``CONTROLS`` of ``provider.mjs`` offers; the answer tells its log and who has signed in as well."""
        answer = httpx.post(f"{self.issuer}/control", json=controls, verify=self.verify, trust_env=False)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def reset(self, **values: object) -> None:
        """Forget what a test has changed; sessions stay, as each test has browsers of its own."""
        self.control(reset=values)

    def fault(self, name: str | None) -> None:
        """Spoil answers from now on, or no more."""
        self.control(fault=name)

    def person(self, name: str, **claims: object) -> None:
        """Change what is known about somebody."""
        self.control(person={"name": name, **claims})

    def rotate(self, *, same_kid: bool = False) -> None:
        """Sign with a new key from now on, and publish that alone; under its name or the old one's."""
        self.control(rotate="same kid" if same_kid else "new kid")

    def faults(self) -> frozenset[str]:
        """The names of all that it can spoil."""
        return frozenset(self.control()["faults"])

    def sessions(self) -> list[tuple[str, str]]:
        """Subject and session id of each ID token given out since the reset, the oldest first."""
        return [(entry["sub"], entry["sid"]) for entry in self.control()["signed_in"]]

    def log(self) -> list[str]:
        """The requests since the reset."""
        return [str(line) for line in self.control()["log"]]

    def logout_token(self, sub: str, sid: str) -> str:
        """The token that it would send when this session ends, spoiled as the fault says."""
        return str(self.control(logout={"sub": sub, "sid": sid, "hold": True})["logout"]["token"])

    def send_logout(self, sub: str, sid: str) -> int:
        """Have it tell the appliance that this session has ended; the status of the answer."""
        return int(self.control(logout={"sub": sub, "sid": sid})["logout"]["status"])


@contextmanager
def _running(command: Sequence[str | Path], log: Path) -> Iterator[subprocess.Popen[str]]:
    """A program that says ``ready``; killed however the test ends."""
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _until_answered(
    process: subprocess.Popen[str], url: str, log: Path, verify: ssl.SSLContext | bool
) -> None:
    def answers() -> bool:
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            return httpx.get(url, timeout=5, verify=verify, trust_env=False).is_success
        except httpx.TransportError:
            return False

    eventually(answers, READY_SECONDS)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


@contextmanager
def npm_provider(
    folder: Path, *, reset: Mapping[str, object] | None = None, tls: Mapping[str, Path] | None = None
) -> Iterator[NpmProvider]:
    """The npm provider; with ``tls`` (``key``, ``cert``, and ``ca`` to check it with) behind https."""
    try:
        node = find_node().node
    except BuildError as error:
        unavailable(str(error))
    if not (PACKAGE / "node_modules" / "oidc-provider").is_dir():
        unavailable(
            "npm oidc-provider is not installed; `make test` or `python -m scripts.providers` does it"
        )
    port = free_port()
    issuer = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
    verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=tls["ca"]) if tls else True
    given: dict[str, Any] = {"port": port, "reset": dict(reset or {})}
    if tls:
        given |= {"host": "localhost", "tls": {"key": str(tls["key"]), "cert": str(tls["cert"])}}
    log = folder / "npm-provider.log"
    command: list[str | Path] = [node, PACKAGE / "provider.mjs", json.dumps(given)]
    with _running(command, log) as process:
        _until_answered(process, f"{issuer}/jwks", log, verify)
        yield NpmProvider(issuer, process, verify=verify)


@contextmanager
def canaille(folder: Path, origin: str) -> Iterator[Provider]:
    """Canaille, with an appliance at ``origin`` as its client."""
    python = CANAILLE / "bin" / "python"
    if not (CANAILLE / ".installed-from").exists():
        unavailable("Canaille is not installed; `make test` or `python -m scripts.providers` does it")
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    log = folder / "canaille.log"
    with _running([python, "-P", PACKAGE / "canaille_provider.py", str(port), origin], log) as process:
        _until_answered(process, f"{issuer}/.well-known/openid-configuration", log, True)
        yield Provider(issuer, process, client_secret="scene-secret")
