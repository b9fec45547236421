"""What a running server finds when it looks at the installation that it is part of; changes nothing.

The doctor's checks, but for two: of the model it tells what is loaded here, since to hash and load it once more would
take its memory twice, and nobody has to be asked whether this server answers.
"""

import asyncio
import time

from appliance import clock
from appliance.db.migrate import schema_state
from appliance.library.appliance import Appliance
from appliance.library.checks import (
    clocks,
    database,
    encoders,
    folders,
    notifications,
    originals,
    provider,
    public,
    queue,
    sets,
    units,
    volume,
    work,
)
from appliance.library.checks.common import Subject, aside, failure, ok, warning
from appliance.library.checks.model import by_what
from appliance.library.doctor import (
    LIMIT_SECONDS,
    Findings,
    Limits,
    settings_findings,
    without_secrets,
)
from appliance.records.doctor import Checkup, Examination, Finding

#: What was left behind holds a thread; until then nobody looks again, seconds.
RESPITE_SECONDS = 60.0

_ABSENT = {
    "loading": ("The model is being loaded.", "Wait a moment; if it stays, the server's log says why."),
    "encoder_down": (
        "The model, or the server that runs it, can't be had now.",
        "`scene-sense doctor` says why. It is tried again by itself.",
    ),
    "no_model": (
        "There is no model that could answer searches.",
        "`scene-sense doctor` says why; CLIP_MODEL names the one of the first start.",
    ),
}


class SelfExamination:
    """Examines one process's installation, once at a time however many ask; made once in it."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._task: asyncio.Task[Examination] | None = None
        self._last: Checkup | None = None
        self._rests_until = 0.0

    @property
    def up_seconds(self) -> float:
        """For how long this process has run."""
        return time.monotonic() - self._begun

    async def look(self, appliance: Appliance) -> Checkup:
        """What is found now; while something hangs, what was found last."""
        if self._last is not None and time.monotonic() < self._rests_until:
            return self._last
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(examine_from_inside(appliance, up_seconds=self.up_seconds))
        # Whoever goes away takes it from nobody else who waits.
        found = await asyncio.shield(self._task)
        if found.abandoned:
            self._rests_until = time.monotonic() + RESPITE_SECONDS
        self._last = Checkup(found, clock.now())
        return self._last


async def examine_from_inside(appliance: Appliance, *, up_seconds: float) -> Examination:
    """Everything that this process can find, each area within its limit of time."""
    limits, settings = Limits(), appliance.settings
    state = await limits.keep("database", schema_state(appliance.db))
    away: Findings = (state,) if isinstance(state, Finding) else ()
    subject = Subject(
        settings,
        before_start=False,
        database=None if isinstance(state, Finding) else appliance.db,
        schema=None if isinstance(state, Finding) else state,
    )
    found = await limits.gather(
        [
            ("database", _database(subject), LIMIT_SECONDS),
            ("database.notifications", notifications.look(subject), LIMIT_SECONDS),
            ("queue", queue.look(subject), LIMIT_SECONDS),
            ("volume", volume.look(subject), LIMIT_SECONDS),
            ("data", folders.look(subject), LIMIT_SECONDS),
            ("model", _model(appliance), LIMIT_SECONDS),
            ("server.public", public.look(subject), public.LIMIT_SECONDS),
            ("provider", provider.look(subject), LIMIT_SECONDS),
            ("sets", sets.look(subject), LIMIT_SECONDS),
            ("work", work.look(subject, up_seconds=up_seconds), LIMIT_SECONDS),
            ("originals", originals.look(subject), LIMIT_SECONDS),
            ("clock", clocks.look(subject), LIMIT_SECONDS),
            ("units", units.look(), LIMIT_SECONDS),
        ]
    )
    findings = (*settings_findings(settings), *away, *found)
    return Examination(tuple(without_secrets(findings, settings)), abandoned=limits.passed)


async def _database(subject: Subject) -> Findings:
    url, found = await database.find_url(subject)
    if url is None:
        return found
    server = await database.look_at_server(url)
    if subject.database is None or subject.schema is None:
        return server
    return (*server, *await database.look_inside(subject.database, subject.schema, before_start=False))


async def _model(appliance: Appliance) -> Findings:
    models = appliance.models
    answering, active = models.answering, models.active
    if answering is None:
        return (failure("model", *_ABSENT[models.absence]),)
    text = f"{answering.model.name} answers searches; its vectors have {answering.model.dimension} numbers."
    found = [ok("model", text)]
    if active is not None and active.id != answering.model.id:
        text = f"{active.name} is to answer searches, and is not loaded yet; {answering.model.name} does meanwhile."
        found.append(warning("model.switch", text, "Wait a moment; if it stays, the server's log says why."))
    if answering.until is not None:
        text = "The encoder servers can't be had; the model runs on this machine in their place."
        found.append(warning("model.server", text, encoders.REMEDY))
    return (*found, *await aside(lambda: by_what(answering.encoder)))
