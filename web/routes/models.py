"""Models and their sets of vectors, for whoever runs the appliance."""

from appliance.errors import Conflict, ModelUnavailable, NotFound
from appliance.library import sets
from appliance.library.appliance import Appliance
from appliance.library.compare import compare
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.models import CompareBody, Comparison, ModelFill, ModelName, ModelSet, ModelSwitch, ModelUndo


async def list_models(call: Call[None, None]) -> list[ModelSet]:
    """The sets, the active one first."""
    return await _all(call.appliance)


async def fill_set(call: Call[None, ModelFill]) -> list[ModelSet]:
    """Begin to fill a set, or go on."""
    call.note.object = call.body.name
    appliance = call.appliance
    await sets.fill(
        appliance.db,
        appliance.queue,
        appliance.settings,
        call.body.name,
        unmeasured=call.body.unmeasured,
    )
    return await _all(call.appliance)


async def pause_set(call: Call[None, ModelName]) -> list[ModelSet]:
    """Stop filling a set."""
    call.note.object = call.body.name
    await sets.pause(call.appliance.db, call.body.name)
    return await _all(call.appliance)


async def switch_set(call: Call[None, ModelSwitch]) -> list[ModelSet]:
    """Let another model answer."""
    call.note.object = call.body.name
    appliance = call.appliance
    await sets.switch(appliance.db, appliance.queue, call.body.name, anyway=call.body.anyway)
    return await _all(call.appliance)


async def undo_switch(call: Call[None, ModelUndo]) -> list[ModelSet]:
    """Let the model that answered before answer again."""
    appliance = call.appliance
    model = await sets.undo(appliance.db, appliance.queue, anyway=call.body.anyway)
    call.note.object = model.name
    return await _all(call.appliance)


async def drop_set(call: Call[None, None]) -> list[ModelSet]:
    """Delete the vectors of a model."""
    call.note.object = call.text("name")
    await sets.drop(call.appliance.db, call.text("name"))
    return await _all(call.appliance)


async def compare_models(call: Call[None, CompareBody]) -> list[Comparison]:
    """Two models side by side, on one's own pictures."""
    one, other = call.body.models
    found = await compare(
        call.appliance.db,
        call.appliance.models,
        call.viewer,
        (one, other),
        call.body.queries,
        limit=call.body.limit,
    )
    return [Comparison.of(comparison) for comparison in found]


async def _all(appliance: Appliance) -> list[ModelSet]:
    return [ModelSet.of(status) for status in await sets.status(appliance.db)]


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/admin/models",
        handler=list_models,
        summary="The models that the library has vectors of",
        tag="models",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        responses={200: list[ModelSet]},
    ),
    Operation(
        method="POST",
        path="/api/admin/models/fill",
        handler=fill_set,
        summary="Make vectors by another model in the background",
        tag="models",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        audit="model.fill",
        body=ModelFill,
        responses={200: list[ModelSet]},
        errors=(Conflict, ModelUnavailable),
    ),
    Operation(
        method="POST",
        path="/api/admin/models/pause",
        handler=pause_set,
        summary="Stop making vectors by a model; keep those there are",
        tag="models",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        audit="model.pause",
        body=ModelName,
        responses={200: list[ModelSet]},
        errors=(NotFound, Conflict),
    ),
    Operation(
        method="POST",
        path="/api/admin/models/switch",
        handler=switch_set,
        summary="Let another model answer searches",
        tag="models",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        audit="model.switch",
        body=ModelSwitch,
        responses={200: list[ModelSet]},
        errors=(NotFound, Conflict),
    ),
    Operation(
        method="POST",
        path="/api/admin/models/undo",
        handler=undo_switch,
        summary="Let the model that answered before answer again",
        tag="models",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        audit="model.undo",
        body=ModelUndo,
        responses={200: list[ModelSet]},
        errors=(Conflict,),
    ),
    Operation(
        method="POST",
        path="/api/admin/models/compare",
        handler=compare_models,
        summary="What two models find for the same words",
        tag="models",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        reads_only=True,
        body=CompareBody,
        responses={200: list[Comparison]},
        errors=(NotFound, ModelUnavailable),
    ),
    Operation(
        method="DELETE",
        path="/api/admin/models/{name}",
        handler=drop_set,
        summary="Delete the vectors of a model",
        tag="models",
        permission=Permission.ADMINISTER,
        scope=Scope.ADMIN,
        audit="model.drop",
        responses={200: list[ModelSet]},
        errors=(NotFound, Conflict),
    ),
)
