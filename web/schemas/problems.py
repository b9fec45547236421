"""The one shape of every refusal (RFC 9457)."""

from pydantic import Field

from web.schemas.base import Schema


class ProblemPart(Schema):
    """One thing that is wrong with a request."""

    where: str = Field(description="The parameter or field, for example `limit` or `terms.0.text`.")
    message: str = Field(description="What is wrong with it.")


class Problem(Schema):
    """Why a request was refused. Clients key on `code`, which is stable across releases."""

    type: str = Field("about:blank", description="Always `about:blank`; `code` tells problems apart.")
    title: str = Field(description="The HTTP status in words.")
    status: int = Field(description="The HTTP status.")
    code: str = Field(description="Stable name of the problem, for example `not_found`.")
    detail: str = Field(description="One sentence for a person.")
    request_id: str = Field(description="Finds this request in the server's log.")
    errors: list[ProblemPart] | None = Field(
        None, description="Each wrong parameter or field, when the request is malformed."
    )
