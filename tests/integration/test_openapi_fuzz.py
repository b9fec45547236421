"""The server keeps to its own document, whatever is sent and whoever sends it.

Schemathesis makes requests from the document, right ones and wrong ones, and looks at each answer: no error of ours,
no status, content type or body that is not in the document, nothing for whoever leaves the credential away.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.services import Cluster, new_folder, remove_folder
from tests.support.up import free_port
from tests.support.waiting import eventually
from tests.support.web import ORIGIN
from tests.support.world import Caller, Facts, copied, make_household, settings_in
from web.openapi import PATH

CONFIGURATION = Path(__file__).with_name("openapi_fuzz.toml")
HOOKS = Path(__file__).with_name("openapi_fuzz_hooks.py")

#: Requests for each operation and caller, beside those that Schemathesis always makes; some 3,000 in all.
EXAMPLES = 12

#: A run takes some 20 seconds on a machine of its own, and many times that beside other suites.
LONGEST_SECONDS = 900


@pytest.fixture(scope="module")
def household(cluster: Cluster) -> Iterator[Facts]:
    folder = new_folder()
    facts = make_household(cluster, folder)
    yield facts
    cluster.drop(facts.database_url)
    remove_folder(folder)


@contextmanager
def serving(folder: Path, database_url: str) -> Iterator[str]:
    """The address of a server of its own process on this copy of the household, and its log in the folder."""
    port = free_port()
    settings = settings_in(folder, database_url) | {"BIND": f"127.0.0.1:{port}"}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "web.serve"],
            env={"PATH": os.environ["PATH"], **settings},
            stderr=log,
        )
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(f"{url}/api/health/live").is_success
        except httpx.HTTPError:
            return False

    try:
        eventually(answers, deadline_seconds=60)
        yield url
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("caller", [Caller.ANONYMOUS, Caller.OWNER, Caller.ADMIN])
def test_no_request_gets_an_answer_that_the_document_does_not_have(
    cluster: Cluster, household: Facts, tmp_path: Path, caller: Caller
) -> None:
    arguments = ["--seed", "1", "--max-examples", str(EXAMPLES), "--checks", "all"]
    # What is of the right shape may still be refused with 400: a name without letters, a password that everybody has.
    # And a folder that was just made can't be shared with somebody who does not exist: that, too, is a 404.
    arguments += ["--exclude-checks", "positive_data_acceptance,ensure_resource_availability"]
    # Of the appliance's own page, from which alone a sign-in at the provider is begun.
    arguments += ["-H", f"Referer: {ORIGIN}/sign-in"]
    # A stream of events has no end.
    besides = "watch"
    if caller in household.cookies:
        arguments += ["-H", f"Cookie: sid={household.cookies[caller]}", "-H", f"Origin: {ORIGIN}"]
        # After these nothing would be asked by anybody any more: ids are taken from lists that were answered.
        besides += "|logout|end_.*sessions?"
    arguments += ["--exclude-operation-id-regex", f"^({besides})$"]
    began = time.monotonic()
    with copied(cluster, household, tmp_path) as database_url, serving(tmp_path, database_url) as url:
        done = subprocess.run(
            [
                str(Path(sys.executable).parent / "schemathesis"),
                *("--config-file", str(CONFIGURATION)),
                *("run", str(PATH), "--url", url, *arguments),
            ],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
            timeout=LONGEST_SECONDS,
            check=False,
        )
        with httpx.Client(base_url=url) as client:
            client.cookies.set("sid", household.cookies.get(caller, ""))
            status = client.get("/api/me").status_code
    said = done.stdout[-10_000:] + done.stderr[-2_000:]
    assert done.returncode == 0, said
    assert status == (401 if caller is Caller.ANONYMOUS else 200), "the session ended on the way"
    assert "Traceback" not in (tmp_path / "server.log").read_text(encoding="utf-8")
    print(f"{caller}: {time.monotonic() - began:.0f} s")  # noqa: T201  # shown with -s
