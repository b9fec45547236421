"""``scene-sense user``: accounts, typed on the server."""

import io
import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from appliance.db import accounts
from appliance.library.open_login import is_password_login_open
from appliance.records.accounts import User
from tests.support.cli import Desk, Said, on_the_server
from tests.support.rows import add_asset
from tests.support.web import PASSWORD, Web

OTHER = "a better horse battery"

PROVIDER_ONLY = {
    "PASSWORD_LOGIN": "false",
    "OIDC_ENABLED": "true",
    "OIDC_ISSUER": "https://id.test",
    "OIDC_CLIENT_ID": "scene-sense",
    "OIDC_CLIENT_SECRET": "secret",
    "PUBLIC_URL": "https://nas.test",
}


async def user(web: Web, *arguments: str, typed: str = "", **settings: str) -> Said:
    """What was said where nobody can be asked; ``typed`` is the input."""
    desk = on_the_server(web)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO(typed))
        return await Desk(web, {**desk.environment, **settings}).type("user", *arguments)


@dataclass(frozen=True)
class Seen:
    """What was on the terminal in the end."""

    code: int
    text: str


def at_terminal(web: Web, *arguments: str, answers: Sequence[tuple[str, str]]) -> Seen:
    """The same at a terminal: each answer is typed when its question is there."""
    program = [sys.executable, "-c", "from appliance.cli.main import main; main()"]
    environment = {"PATH": os.environ["PATH"], **on_the_server(web).environment}
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*program, "user", *arguments],
        env=environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    guard = threading.Timer(60, process.kill)
    guard.start()
    seen, waiting, begun = "", list(answers), 0
    try:
        while True:
            try:
                piece = os.read(controller, 4096)
            except OSError:  # how the end of a terminal is told
                break
            seen += piece.decode()
            if waiting and waiting[0][0] in seen[begun:]:
                begun = len(seen)
                os.write(controller, (waiting.pop(0)[1] + "\n").encode())
            if not piece:
                break
        return Seen(process.wait(), seen)
    finally:
        guard.cancel()
        os.close(controller)


async def named(web: Web, name: str) -> User:
    found = await accounts.find_by_name(web.db, name)
    assert found is not None
    return found[0]


async def can_sign_in(web: Web, name: str, password: str) -> bool:
    async with web.client() as browser:
        answer = await browser.post("/api/auth/login", json={"username": name, "password": password})
        return answer.status_code == 200


async def audited(web: Web) -> list[tuple[str, str]]:
    rows = await web.db.fetch(
        "SELECT g.action, g.object, p.name AS actor FROM audit g LEFT JOIN account p ON p.id = g.actor"
        " WHERE g.reason = 'command line' ORDER BY g.id"
    )
    assert {row["actor"] for row in rows} <= {"anna"}
    return [(row["action"], row["object"]) for row in rows]


async def test_an_account_is_made_listed_changed_and_shut_out(home: Web) -> None:
    made = await user(
        home, "add", "Bob", "--stdin", "--quota", "50GiB", "--email", "bob@home.test", "--email-verified",
        "--json", typed=PASSWORD + "\n",
    )  # fmt: skip
    assert made.code == 0, made.err
    bob = json.loads(made.out)
    assert (bob["name"], bob["role"], bob["quota_bytes"]) == ("Bob", "member", 50 * 2**30)
    assert (bob["email"], bob["email_verified"]) == ("bob@home.test", True)
    assert await can_sign_in(home, "bob", PASSWORD)

    assert [person["name"] for person in json.loads((await user(home, "list", "--json")).out)] == [
        "anna",
        "Bob",
    ]
    lines = (await user(home, "list")).out.splitlines()
    assert lines[0].split() == [
        "NAME",
        "ROLE",
        "STATE",
        "SIGNS",
        "IN",
        "WITH",
        "PICTURES",
        "SIZE",
        "QUOTA",
        "LAST",
        "SEEN",
    ]
    assert "53.7 GB" in lines[2]

    assert (await user(home, "role", "BOB", "viewer")).out == "Bob is viewer now.\n"
    assert (
        await user(home, "quota", "bob", "none")
    ).out == "Bob has as much room as there is, and uses 0 bytes.\n"
    assert json.loads((await user(home, "quota", "bob", "1 MB", "--json")).out)["quota_bytes"] == 10**6
    assert (await user(home, "disable", "bob")).code == 0
    assert not await can_sign_in(home, "bob", PASSWORD)
    assert "disabled" in (await user(home, "list")).out.splitlines()[2]
    assert (await user(home, "enable", "bob")).code == 0
    assert await can_sign_in(home, "bob", PASSWORD)
    said = [(action, text.removeprefix(bob["id"]).strip()) for action, text in await audited(home)]
    assert said == [
        ("user.add", "role=member"), ("user.change", "role=viewer"), ("user.change", "quota_bytes=None"),
        ("user.change", "quota_bytes=1000000"), ("user.change", "disabled=True"), ("user.change", "disabled=False"),
    ]  # fmt: skip


async def test_a_password_is_asked_for_twice_and_not_shown(home: Web) -> None:
    seen = at_terminal(home, "add", "bob", answers=[("Password: ", PASSWORD), ("same again: ", PASSWORD)])
    assert seen.code == 0, seen.text
    assert PASSWORD not in seen.text
    assert await can_sign_in(home, "bob", PASSWORD)
    seen = at_terminal(home, "add", "eve", answers=[("Password: ", PASSWORD), ("same again: ", OTHER)])
    assert (seen.code, "differ" in seen.text) == (2, True)
    assert await accounts.find_by_name(home.db, "eve") is None


async def test_another_password_ends_all_sessions(home: Web) -> None:
    async with home.client() as browser:
        assert (
            await browser.post("/api/auth/login", json={"username": "anna", "password": PASSWORD})
        ).is_success
        said = await user(home, "password", "anna", "--stdin", "--json", typed=OTHER)
        assert said.code == 0, said.err
        assert json.loads(said.out)["sessions_ended"] == 2
        assert (await browser.get("/api/me")).status_code == 401
    assert [await can_sign_in(home, "anna", each) for each in (PASSWORD, OTHER)] == [False, True]
    assert (OTHER not in said.out + said.err) and await audited(home) == [
        ("user.password", str((await named(home, "anna")).id))
    ]


async def test_only_here_a_pinned_account_is_changed(home: Web) -> None:
    assert (await user(home, "add", "bob", "--no-password", "--role", "admin")).code == 0
    # Bob can't sign in yet, so that anna is the last one who can.
    said = await user(home, "role", "anna", "member")
    assert (said.code, said.out) == (1, "")
    assert "last administrator" in said.err
    assert (await user(home, "password", "bob", "--stdin", typed=OTHER)).code == 0
    assert (await user(home, "role", "anna", "member", "--unpin")).out == "anna is member now.\n"
    assert (await user(home, "role", "bob", "admin", "--pin")).out == "bob is admin and pinned now.\n"
    found = await named(home, "anna"), await named(home, "bob")
    assert [(each.role, each.pinned) for each in found] == [("member", False), ("admin", True)]


async def test_deleting_says_what_becomes_of_the_pictures(home: Web) -> None:
    for name in ("bob", "eve"):
        assert (await user(home, "add", name, "--no-password")).code == 0
        await add_asset(home.db, (await named(home, name)).id, sha256=bytes(32))
    anna = await named(home, "anna")
    said = await user(home, "delete", "bob", "--transfer-to", "anna", "--yes", "--json")
    assert said.code == 0, said.err
    assert {key: json.loads(said.out)[key] for key in ("name", "transferred", "joined", "trashed")} == {
        "name": "bob", "transferred": 1, "joined": 0, "trashed": 0
    }  # fmt: skip
    rows = await home.db.fetch("SELECT owner FROM asset WHERE sha256 = {} AND owner = {}", bytes(32), anna.id)
    assert len(rows) == 1
    said = await user(home, "delete", "eve", "--transfer-to", "anna", "--yes")
    assert (
        said.out == "The account eve is gone. 0 pictures are anna's now. 1 was there already; theirs stays.\n"
    )
    for count, text in (
        (0, "0 pictures are in the trash, until they are purged."),
        (1, "1 picture is in the trash, until it is purged."),
        (2, "2 pictures are in the trash, until they are purged."),
    ):
        assert (await user(home, "add", "eve", "--no-password")).code == 0
        for _ in range(count):
            await add_asset(home.db, (await named(home, "eve")).id)
        said = await user(home, "delete", "eve", "--trash", "--yes")
        assert said.out == f"The account eve is gone. {text}\n"


async def test_before_deleting_the_name_is_asked_for_again(home: Web) -> None:
    assert (await user(home, "add", "bob", "--no-password")).code == 0
    seen = at_terminal(home, "delete", "bob", "--trash", answers=[("type the name again", "bobby")])
    assert (seen.code, "nothing was deleted" in seen.text) == (2, True)
    assert await accounts.find_by_name(home.db, "bob") is not None
    seen = at_terminal(home, "delete", "bob", "--trash", answers=[("type the name again", "Bob")])
    assert seen.code == 0, seen.text
    assert await accounts.find_by_name(home.db, "bob") is None


async def test_an_address_is_set_verified_and_taken_away(home: Web) -> None:
    await user(home, "add", "bob", "--no-password")
    said = await user(home, "email", "Bob", "bob@home.test")
    assert said.out == "bob has the address bob@home.test, not verified.\n"
    assert not (await named(home, "bob")).email_verified
    said = await user(home, "email", "bob", "bob@home.test", "--verified")
    assert said.out == "bob has the address bob@home.test, verified.\n"
    assert (await named(home, "bob")).email_verified
    # What is so already stays, and what was verified says nothing of another address.
    assert (await user(home, "email", "bob", "bob@home.test")).out.endswith(", verified.\n")
    another = json.loads((await user(home, "email", "bob", "bobby@home.test", "--json")).out)
    assert (another["email"], another["email_verified"]) == ("bobby@home.test", False)
    assert (await user(home, "email", "bob", "none")).out == "bob has no address.\n"
    assert (await named(home, "bob")).email is None
    assert not [text for _, text in await audited(home) if "home.test" in text]


async def test_an_invitation_is_a_link_alone_on_stdout(home: Web) -> None:
    said = await user(
        home,
        "invite",
        "--role",
        "viewer",
        "--name",
        "Grandma",
        SIGNUP="invite",
        PUBLIC_URL="https://nas.test",
    )
    assert said.code == 0, said.err
    assert said.out.startswith("https://nas.test/signup#invite=")
    assert said.out.count("\n") == 1
    said = await user(home, "invite", "--hours", "1", "--json", SIGNUP="invite")
    made = json.loads(said.out)
    assert made["link"].startswith("http://127.0.0.1:8020/signup#invite=")
    row = await home.db.fetch_one("SELECT role, expires_at FROM invite WHERE id = {}", UUID(made["id"]))
    assert row is not None
    assert row["expires_at"] - datetime.now(UTC) < timedelta(hours=1)
    token = made["link"].partition("=")[2]
    assert not any(token in text for _, text in await audited(home))
    said = await user(home, "invite")
    assert (said.code, said.out) == (1, "")
    assert "SIGNUP=invite" in said.err


@pytest.mark.parametrize(
    ("bind", "link", "says"),
    [
        ("127.0.0.1:8123", "http://127.0.0.1:8123/signup#", "put the address that people type in its place"),
        ("[::1]:8123", "http://[::1]:8123/signup#", "put the address that people type in its place"),
        ("10.1.2.3:8123", "http://10.1.2.3:8123/signup#", "10.1.2.3 is this machine's address"),
        ("unix:/run/web.sock", "/signup#", "Before it belongs the address that people type"),
    ],
)
async def test_without_a_public_address_an_invitation_has_the_bound_one_or_says_what_is_missing(
    home: Web, bind: str, link: str, says: str
) -> None:
    said = await user(home, "invite", SIGNUP="invite", BIND=bind)
    assert said.code == 0, said.err
    assert said.out.startswith(link)
    assert says in said.err
    assert "PUBLIC_URL" in said.err


async def test_sign_in_with_passwords_is_opened_for_a_while(home: Web) -> None:
    shut = home.settings.model_copy(update={"password_login": False})
    assert not await is_password_login_open(home.db, shut)
    said = await user(home, "open-login", "--hours", "2", **PROVIDER_ONLY)
    assert said.code == 0, said.err
    assert "until" in said.out
    assert await is_password_login_open(home.db, shut)
    assert (
        await user(home, "open-login", "--close", "--json", **PROVIDER_ONLY)
    ).out == '{\n  "until": null\n}\n'
    assert not await is_password_login_open(home.db, shut)
    assert "anyway" in (await user(home, "open-login")).out
    actions = [action for action, _ in await audited(home)]
    assert actions == ["login.open", "login.close", "login.open"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["add", "anna", "--no-password"], 1, "already"),
        (["add", "bob"], 2, "--stdin"),
        (["add", "bob", "--stdin"], 2, "no password"),
        (["add", "bob", "--stdin", "--no-password"], 2, "either"),
        (["add", "bob", "--no-password", "--role", "owner"], 2, "owner"),
        (["add", "bob", "--no-password", "--quota", "much"], 2, "much"),
        (["add", "bob", "--no-password", "--email", "bob"], 2, "e-mail"),
        (["add", "bob", "--no-password", "--email-verified"], 2, "--email"),
        (["add", "", "--no-password"], 2, "visible"),
        (["role", "anna", "owner"], 2, "owner"),
        (["role", "nobody", "member"], 1, "nobody"),
        (["disable", "anna"], 1, "last administrator"),
        (["quota", "anna", "-1"], 2, "-1"),
        (["quota", "anna"], 2, "SIZE"),
        (["email", "nobody", "a@home.test"], 1, "nobody"),
        (["email", "anna", "anna"], 2, "e-mail"),
        (["email", "anna", "none", "--verified"], 2, "--verified"),
        (["password", "nobody", "--stdin"], 1, "nobody"),
        (["password", "anna"], 2, "--stdin"),
        (["delete", "anna"], 2, "--trash"),
        (["delete", "anna", "--trash", "--transfer-to", "bob"], 2, "either"),
        (["delete", "anna", "--trash"], 2, "--yes"),
        (["delete", "anna", "--trash", "--yes"], 1, "last administrator"),
        (["delete", "anna", "--transfer-to", "nobody", "--yes"], 1, "nobody"),
        (["open-login", "--hours", "0"], 2, "hours"),
    ],
)
async def test_a_wrong_input_is_one_line(home: Web, arguments: list[str], code: int, says: str) -> None:
    said = await user(home, *arguments)
    assert (said.code, said.out) == (code, ""), said.err
    assert said.err.count("\n") == 1
    assert says in said.err
    assert await audited(home) == []


async def test_the_first_account_is_made_with_the_setup_link(bare_web: Web) -> None:
    said = await user(bare_web, "add", "bob", "--no-password")
    assert said.code == 1
    assert "set the appliance up" in said.err
    assert "no accounts" in (await user(bare_web, "list")).err
