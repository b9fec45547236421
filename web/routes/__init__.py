"""Every operation of the API, in the order of the docs page. A new resource is one line here."""

from web.operation import Operation
from web.routes import (
    assets,
    audit,
    auth,
    docs,
    folders,
    health,
    invites,
    jobs,
    me,
    media,
    models,
    people,
    search,
    status,
    tags,
    trash,
    uploads,
)

OPERATIONS: tuple[Operation, ...] = (
    *auth.OPERATIONS,
    *invites.OPERATIONS,
    *me.OPERATIONS,
    *uploads.OPERATIONS,
    *assets.OPERATIONS,
    *media.OPERATIONS,
    *search.OPERATIONS,
    *trash.OPERATIONS,
    *folders.OPERATIONS,
    *people.OPERATIONS,
    *tags.OPERATIONS,
    *jobs.OPERATIONS,
    *models.OPERATIONS,
    *audit.OPERATIONS,
    *status.OPERATIONS,
    *health.OPERATIONS,
    *docs.OPERATIONS,
)
