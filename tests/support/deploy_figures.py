"""What a provisioned machine costs, written to ``test-results/deploy.json`` for docs/figures.md."""

import json
import re

from tests.support.household import ROOT, Household

FILE = ROOT / "test-results" / "deploy.json"

#: The services whose memory an owner pays for.
SERVICES = (
    "scene-sense-web.service",
    "scene-sense-worker.service",
    "postgresql@17-main.service",
    "valkey-server@scene-sense.service",
)


def record(**figures: object) -> None:
    """Add figures to the file."""
    FILE.parent.mkdir(exist_ok=True)
    known = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    FILE.write_text(json.dumps(known | figures, indent=2) + "\n", encoding="utf-8")


def memory_mib(home: Household, unit: str) -> float:
    """Proportional set size of all processes of a unit, MiB."""
    script = 'for p in $(cat "$0"); do grep ^Pss: /proc/$p/smaps_rollup; done'
    group = home.property(unit, "ControlGroup")
    said = home.box.run(["sh", "-c", script, f"/sys/fs/cgroup{group}/cgroup.procs"]).stdout
    return round(sum(int(found) for found in re.findall(r"Pss:\s+(\d+) kB", said)) / 1024, 1)


def exposure(home: Household, unit: str) -> float:
    """What ``systemd-analyze security`` on the machine itself says of a unit, from 0 to 10."""
    said = home.box.run(["systemd-analyze", "security", "--no-pager", unit]).stdout
    found = re.search(r"exposure level for \S+: ([\d.]+)", said)
    if found is None:
        raise ValueError(f"no score for {unit}: {said[-200:]}")
    return float(found[1])
