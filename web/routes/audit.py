"""The audit log, for whoever runs the appliance."""

from appliance.db import audit_log
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.audit import AuditEntry, AuditPage, AuditQuery


async def list_audit(call: Call[AuditQuery, None]) -> AuditPage:
    """What was done and tried, the latest first."""
    wanted = call.query
    found, following = await audit_log.list_entries(
        call.appliance.db, wanted.filter(), limit=wanted.limit, before=wanted.after
    )
    return AuditPage(items=[AuditEntry.of(entry) for entry in found], next=following)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/admin/audit",
        handler=list_audit,
        summary="What was done and tried",
        tag="administration",
        description=(
            "Who signed in and who failed to, what was changed and what was refused; no passwords, tokens or words of"
            " searches. Kept for AUDIT_DAYS. All that is given must hold; of several actions one."
        ),
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        query=AuditQuery,
        responses={200: AuditPage},
    ),
)
