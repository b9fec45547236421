"""``scene-sense key``: typed on the server, used from anywhere."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.web import Web


def scene_sense(web: Web, *arguments: str) -> subprocess.CompletedProcess[str]:
    url = web.settings.database_url
    assert url is not None
    return subprocess.run(
        [sys.executable, "-c", "from appliance.cli.main import main; main()", *arguments],
        env={
            "PATH": os.environ["PATH"],
            "DATA_PATH": str(web.settings.data_path),
            "DATABASE_URL": url.get_secret_value(),
            "REDIS_URL": "redis://127.0.0.1:1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


async def test_a_key_is_made_used_listed_and_revoked(home: Web) -> None:
    made = scene_sense(home, "key", "create", "--name", "laptop")
    assert made.returncode == 0, made.stderr
    key = made.stdout.strip()
    assert made.stdout.count("\n") == 1
    async with home.script(key) as script:
        assert (await script.get("/api/me")).json()["name"] == "anna"

    listed = json.loads(scene_sense(home, "key", "list", "--json").stdout)
    assert [(item["name"], item["scopes"]) for item in listed] == [
        ("laptop", ["asset:read", "asset:write", "search:read"])
    ]
    assert key not in json.dumps(listed)

    assert scene_sense(home, "key", "revoke", listed[0]["id"]).returncode == 0
    async with home.script(key) as script:
        assert (await script.get("/api/me")).status_code == 401
    assert "no keys" in scene_sense(home, "key", "list").stderr
    rows = await home.db.fetch("SELECT action FROM audit WHERE reason = 'command line' ORDER BY id")
    assert [row["action"] for row in rows] == ["key.create", "key.revoke"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["create", "--scope", "everything"], 2, "asset:read"),
        (["create", "--name", ""], 2, "name"),
        (["create", "--expires-days", "0"], 2, "days"),
        (["create", "--user", "nobody"], 1, "nobody"),
        (["revoke", "AAAAAAAA"], 1, "no such key"),
        (["revoke"], 2, "ID"),
    ],
)
async def test_a_wrong_input_is_one_line(home: Web, arguments: list[str], code: int, says: str) -> None:
    said = scene_sense(home, "key", *arguments)
    assert (said.returncode, said.stdout) == (code, "")
    assert said.stderr.count("\n") == 1
    assert says in said.stderr


async def test_before_anybody_has_an_account_it_says_what_to_do(bare_web: Web) -> None:
    said = scene_sense(bare_web, "key", "create")
    assert said.returncode == 1
    assert "set the appliance up" in said.stderr
