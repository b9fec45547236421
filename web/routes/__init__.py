"""Every operation of the API, in the order of the docs page. A new resource is one line here."""

from web.operation import Operation
from web.routes import auth, docs, health, me

OPERATIONS: tuple[Operation, ...] = (
    *auth.OPERATIONS,
    *me.OPERATIONS,
    *health.OPERATIONS,
    *docs.OPERATIONS,
)
