"""Which refusals are worth a row in the audit log, so that nobody fills the disk with what they may not do.

Whoever is refused leaves a row each time, up to :data:`A_MINUTE` a minute for one person or address (of IPv6 a /64);
who is told to wait leaves one a minute, as that is said to every further try. Together all refusals leave at most
:data:`ALL_A_MINUTE`. What succeeds is always written.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from uuid import UUID

from appliance.db import audit, keys
from appliance.db.engine import Database
from appliance.errors import TooManyAttempts
from appliance.library.attempts import place_of

log = logging.getLogger(__name__)

A_MINUTE = 60
ALL_A_MINUTE = 600


class Refusals:
    """The counts of one process, of this minute. ``clock`` gives seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._minute = -1
        self._counts: Counter[str] = Counter()

    def worth_a_row(self, *, actor: UUID | None, ip: str, reason: str = "") -> bool:
        """Whether this refusal is written; it is counted."""
        minute = int(self._clock() // 60)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        if self._counts.total() >= ALL_A_MINUTE:
            return False
        waits = reason == TooManyAttempts.code
        who = f"{'waits ' if waits else ''}{actor or place_of(ip)}"
        if self._counts[who] >= (1 if waits else A_MINUTE):
            return False
        self._counts[who] += 1
        if self._counts[who] == A_MINUTE or self._counts.total() == ALL_A_MINUTE:
            log.warning("so much was refused that the rest of this minute is not in the audit log (%s)", who)
        return True


async def record_refused_key(db: Database, refusals: Refusals, text: str, *, ip: str) -> None:
    """Leave a row when this text, which did not work as an API key, names a key that there is or was.

    A made-up one is only noise.
    """
    known = await keys.find_named(db, text[3:11]) if text.startswith("ss_") and text.isascii() else None
    if known is None:
        return
    owner, reason = known
    if refusals.worth_a_row(actor=None, ip=ip):
        await audit.record(
            db,
            action="key.use",
            ip=ip,
            session=text[3:11],
            object=f"key of {owner}",
            outcome="refused",
            reason=reason,
        )
