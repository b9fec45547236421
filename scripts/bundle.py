"""Builds the bundle: one folder, and one archive of it, from which a machine is provisioned without an index.

1. The project's wheel, with the page inside.
2. The wheels that it needs on the target's Python and processor, fetched by pip for that target.
3. Units, playbook, models, and on request Debian's packages, so that not even Debian's mirror is needed.
4. ``manifest.json`` says what is inside, ``SHA256SUMS`` what each file is.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance.clock import now
from scripts.debs import Lacking, fetch_debs
from scripts.targets import RUNTIMES, SYSTEMS, Target

ROOT = Path(__file__).parents[1]

#: What a bundle is built from, besides its target; a change of any of it makes a new one.
SOURCES = ("appliance", "web", "workers", "systemd", "ansible", "pyproject.toml", "LICENSE")

#: What provisioning installs by apt, before PostgreSQL's version is known to be another one.
PACKAGES = (
    "python3", "python3-apt", "python3-venv", "ca-certificates", "acl", "iproute2", "ansible-core",
    "postgresql-17", "postgresql-17-pgvector", "valkey-server",
)  # fmt: skip


def build(target: Target, *, models: Sequence[Path] = (), with_debs: bool = False, out: Path) -> Path:
    """The folder of the bundle; one that was built from the same sources for the same target is given as it is.

    Raises:
        Lacking: something that is needed is not there.
    """
    folder = out / f"{target.name}{'-offline' if with_debs else ''}"
    source = _source_hash(models, with_debs=with_debs)
    if _is_current(folder, source):
        return folder
    with tempfile.TemporaryDirectory(prefix="scene-sense-bundle-", dir=_made(out)) as scratch:
        part = Path(scratch) / "bundle"
        _fill(part, target, models)
        debs = fetch_debs(part / "debs", target, PACKAGES) if with_debs else ""
        _describe(part, target, source, debs)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    archive = folder.with_name(folder.name + ".tar")
    with tarfile.open(archive.with_suffix(".part"), "w") as packed:
        packed.add(folder, arcname=folder.name)
    archive.with_suffix(".part").rename(archive)
    return folder


def _fill(part: Path, target: Target, models: Sequence[Path]) -> None:
    wheels = part / "wheels"
    wheels.mkdir(parents=True)
    pip("wheel", "--no-deps", "--wheel-dir", str(wheels), str(ROOT))
    own = next(wheels.glob("scene_sense-*.whl"))
    pip("download", *target.pip_arguments(), "--dest", str(wheels), f"{own}[{target.extra}]")
    (wheels / "requirements.txt").write_text("".join(_pins(wheels)), encoding="ascii")
    for name in ("systemd", "ansible"):
        shutil.copytree(ROOT / name, part / name)
    shutil.copy2(ROOT / "LICENSE", part)
    shutil.move(part / "ansible" / "install", part / "install")
    shutil.copy2(part / "install", part / "uninstall")
    for model in models:
        shutil.copytree(model, part / "models" / model.name)


def _pins(wheels: Path) -> Iterator[str]:
    """A line for pip for each wheel, with its hash, so that nothing else can be installed in its place."""
    for wheel in sorted(wheels.glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        yield f"{name.replace('_', '-')}=={version} --hash=sha256:{_sha256(wheel)}\n"


def _describe(part: Path, target: Target, source: str, debs: str) -> None:
    wheels = part / "wheels"
    version = next(wheels.glob("scene_sense-*.whl")).name.split("-")[1]
    pins = (wheels / "requirements.txt").read_bytes()
    manifest = {
        "id": f"{version}-{hashlib.sha256(pins).hexdigest()[:10]}",
        "version": version,
        "system": target.system,
        "machine": target.machine,
        "python": target.python,
        "runtime": target.runtime,
        "models": sorted(model.name for model in (part / "models").glob("*")),
        "debs": debs,
        "source": source,
    }
    (part / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    sums = [f"{_sha256(path)}  {path.relative_to(part)}\n" for path in _files(part)]
    (part / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def _is_current(folder: Path, source: str) -> bool:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(manifest.get("source") == source) and folder.with_name(folder.name + ".tar").exists()


def _source_hash(models: Sequence[Path], *, with_debs: bool) -> str:
    digest = hashlib.sha256()
    if with_debs:
        # Debian's packages are mended all the time; those of another week are fetched anew.
        digest.update(f"{now():%G-%V} {PACKAGES}".encode())
    roots = [ROOT / name for name in SOURCES] + [
        *(Path(__file__).with_name(name) for name in ("bundle.py", "targets.py", "debs.py")),
        *models,
    ]
    for root in roots:
        for path in _files(root) if root.is_dir() else [root]:
            if "node_modules" not in path.parts and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(root.parent)}\0{_sha256(path)}\n".encode())
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def pip(*arguments: str) -> None:
    """Run this environment's pip.

    Raises:
        Lacking: it failed, with its last words.
    """
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise Lacking(f"pip {arguments[0]} failed: {(errors or done.stderr.splitlines() or ['no word'])[-1]}")


def arguments_of(parser: argparse.ArgumentParser) -> None:
    """The options that say which bundle is meant."""
    parser.add_argument("--system", choices=sorted(SYSTEMS), default="debian13", help="of the target")
    parser.add_argument("--machine", choices=["x86_64", "aarch64"], default="x86_64", help="of the target")
    parser.add_argument(
        "--runtime",
        choices=sorted(RUNTIMES),
        default="cpu",
        help="cuda13: NVIDIA driver 580 or newer; cuda12: 525",
    )
    parser.add_argument("--model", type=Path, action="append", default=[], help="folder of a further model")
    parser.add_argument(
        "--debs", action="store_true", help="put Debian's packages in, for a host without network"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where to put it")


def build_as_asked(options: argparse.Namespace) -> Path:
    """The bundle that these options mean.

    Raises:
        Lacking: something that is needed is not there.
    """
    models = [model.resolve() for model in options.model]
    for model in models:
        if not model.is_dir():
            raise Lacking(f"{model} is not a folder")
    target = Target(options.system, options.machine, options.runtime)
    return build(target, models=models, with_debs=options.debs, out=options.out.resolve())


def main() -> int:
    """Entry point of ``make bundle``."""
    parser = argparse.ArgumentParser(
        prog="make bundle", description="Build what a machine is provisioned from."
    )
    arguments_of(parser)
    try:
        folder = build_as_asked(parser.parse_args())
    except Lacking as error:
        sys.stderr.write(f"make bundle: {error}\n")
        return 1
    archive = folder.with_name(folder.name + ".tar")
    print(
        f"{archive} ({archive.stat().st_size / 1e6:.0f} MB): copy it to the machine, unpack it, run ./install there"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
