"""Looks at everything that an owner can get wrong, and changes nothing.

1. The settings, without which there is nothing to look at but the machine.
2. The database, since what should be elsewhere is written there.
3. Everything else at once, each area with a time limit of its own.

What is silent beyond its limit is a finding and is left behind; so is an error that nobody expected.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from appliance.db.engine import open_database
from appliance.db.migrate import schema_state
from appliance.errors import SceneSenseError, SettingsError
from appliance.library.checks import (
    address,
    clocks,
    database,
    folders,
    model,
    notifications,
    originals,
    provider,
    public,
    queue,
    server,
    sets,
    units,
    volume,
    work,
)
from appliance.library.checks.common import Subject, failure, ok, refused, skipped, warning
from appliance.records.doctor import Examination, Finding
from appliance.settings import Settings

#: How long one area may take, seconds.
LIMIT_SECONDS = 5.0
#: A large model is read and hashed whole, and then loaded and tried: a minute for each.
MODEL_SECONDS = 120.0

Value = TypeVar("Value")
Findings = tuple[Finding, ...]
Check = Coroutine[Any, Any, Findings]


async def examine(load: Callable[[], Settings], *, before_start: bool = False) -> Examination:
    """Everything that can be found; with ``before_start`` only what has to be right before the services run."""
    limits = _Limits()
    try:
        settings = load()
    except SettingsError as error:
        return await _without_settings(error, limits, before_start=before_start)
    subject = Subject(settings, before_start)
    stack = AsyncExitStack()
    opened = await limits.keep("database", _open(stack, subject))
    subject, found = opened if isinstance(opened, tuple) else (subject, (opened,))
    rest = await limits.gather(_areas(subject))
    if not limits.passed:
        # What is left behind would keep this waiting as well.
        await stack.aclose()
    findings = (*_settings(settings), *found, *rest)
    return Examination(tuple(_without_secrets(findings, settings)), abandoned=limits.passed)


def _settings(settings: Settings) -> tuple[Finding, ...]:
    usable = ok("settings", "All settings can be used.")
    wrong = (
        warning(
            "settings.paths",
            f"{name} is not named from the root. From here it is {getattr(settings, name.lower())}, from elsewhere "
            "another folder (files in the wrong directory).",
            f"{name}={getattr(settings, name.lower())}, or whatever is meant.",
        )
        for name in settings.relative_paths
    )
    return (usable, *wrong)


async def _without_settings(error: SettingsError, limits: "_Limits", *, before_start: bool) -> Examination:
    remedy = (
        "Correct it in the env file or the environment; docs/settings.md has all names and what they take."
    )
    wrong = [failure("settings", line, remedy) for line in error.message.splitlines()]
    reason = "Without settings that can be used, nobody knows where to look."
    names = ("database", "queue", "volume", "model", "data", "cache")
    unseen = [skipped(name, reason) for name in names]
    machine = () if before_start else await limits.gather([("units", units.look(), LIMIT_SECONDS)])
    return Examination((*wrong, *unseen, *machine), abandoned=limits.passed)


async def _open(stack: AsyncExitStack, subject: Subject) -> tuple[Subject, Findings]:
    """The subject with its database, where there is one that can be asked; and what was found of it."""
    url, found = await database.find_url(subject)
    if url is None:
        return subject, found
    found = await database.look_at_server(url)
    if any(finding.name in {"database", "database.version"} and finding.remedy for finding in found):
        return subject, found
    opened = await stack.enter_async_context(open_database(url, pool_size=4, read_only=True))
    strangers = await database.look_at_owners(opened)
    if strangers:
        return subject, (*found, *strangers)
    state = await schema_state(opened)
    inside = await database.look_inside(opened, state, before_start=subject.before_start)
    return replace(subject, database=opened, schema=state), (*found, *inside)


def _areas(subject: Subject) -> list[tuple[str, Check, float]]:
    before = [
        ("database.notifications", notifications.look(subject), LIMIT_SECONDS),
        ("queue", queue.look(subject), LIMIT_SECONDS),
        ("volume", volume.look(subject), LIMIT_SECONDS),
        ("data", folders.look(subject), LIMIT_SECONDS),
        ("model", model.look(subject), MODEL_SECONDS),
        ("server.public", public.look(subject), public.LIMIT_SECONDS),
        ("provider", provider.look(subject), LIMIT_SECONDS),
    ]
    if subject.before_start:
        return [*before, ("server.address", address.look(subject), LIMIT_SECONDS)]
    return [
        *before,
        ("sets", sets.look(subject), LIMIT_SECONDS),
        ("work", work.look(subject), LIMIT_SECONDS),
        ("originals", originals.look(subject), LIMIT_SECONDS),
        ("clock", clocks.look(subject), LIMIT_SECONDS),
        ("units", units.look(), LIMIT_SECONDS),
        ("server", server.look(subject), LIMIT_SECONDS),
    ]


class _Limits:
    """Waits for checks no longer than they may take, and remembers whether one was left behind."""

    def __init__(self) -> None:
        self.passed = False

    async def keep(
        self, name: str, work: Coroutine[Any, Any, Value], *, seconds: float = LIMIT_SECONDS
    ) -> Value | Finding:
        """What the work gives, or why it gave nothing."""
        task = asyncio.create_task(work)
        # Not wait_for: that waits for the end of what it cancels.
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            self.passed = True
            task.cancel()
            text = f"Nothing was heard within {seconds:.0f} seconds."
            return failure(
                name, text, "Something hangs: a server, a disk, or the network to it; dmesg | tail"
            )
        error = task.exception()
        if isinstance(error, SceneSenseError):
            return refused(name, error, "Look at the other findings.")
        if error is not None:
            text = f"This could not be looked at: {type(error).__name__}: {' '.join(str(error).split())}"
            return failure(name, text, "That should not happen; please report it, with this line.")
        return task.result()

    async def gather(self, areas: Iterable[tuple[str, Check, float]]) -> Findings:
        """All findings of all areas, which are looked at at once."""
        looked = await asyncio.gather(
            *(self.keep(name, check, seconds=limit) for name, check, limit in areas)
        )
        return tuple(finding for each in looked for finding in (each if isinstance(each, tuple) else (each,)))


def _without_secrets(findings: Iterable[Finding], settings: Settings) -> Iterable[Finding]:
    """The findings, whatever a driver or a server has put into its error."""
    keys = (
        settings.jwt_secret,
        settings.clip_server_key,
        settings.encoder_key,
        settings.oidc_client_secret,
    )
    secrets = [value.get_secret_value() for value in keys if value]
    for url in (settings.database_url, settings.redis_url):
        address = urlsplit(url.get_secret_value() if url else "")
        password = address.password
        # One that is also the user's or the database's name would take that out of every remedy.
        if password and password not in {address.username, address.path.lstrip("/")}:
            secrets += [password, unquote(password)]
    for finding in findings:
        text, remedy = finding.text, finding.remedy
        for secret in secrets:
            text, remedy = text.replace(secret, "…"), remedy.replace(secret, "…")
        yield replace(finding, text=text, remedy=remedy)
