"""Bodies of signing in through the identity provider."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from appliance.records.accounts import Identity
from appliance.records.doctor import Finding, Level
from web.schemas.base import Schema

#: What may be there once is read as a list, so that twice is told apart from once.
_Told = Annotated[list[str], Field(max_length=10)]


class StartQuery(Schema):
    """Where somebody wants to go, by way of the provider."""

    next: str = Field("/", max_length=2000, description="Path of this server to go on to; others become `/`.")
    purpose: Literal["login", "connect", "confirm"] = Field(
        "login",
        description=(
            "`login`; `connect`: the signed-in account gets the identity; `confirm`: whoever is signed in proves it"
            " anew."
        ),
    )


class CallbackQuery(Schema):
    """What the provider has the browser bring back; providers add names of their own."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    state: _Told = Field(default=[], description="Which sign-in it is for.")
    code: _Told = Field(default=[], description="What the tokens are given for.")
    iss: _Told = Field(default=[], description="Who answers (RFC 9207).")
    error: _Told = Field(default=[], description="Why there is no code.")
    error_description: _Told = Field(default=[], description="The same in words.")


class LogoutToken(Schema):
    """What the provider sends when a session has ended there."""

    logout_token: str = Field(description="A signed token of OpenID Connect Back-Channel Logout 1.0.")


class IdentityBody(Schema):
    """An account at the identity provider that signs in to an account here."""

    id: UUID
    issuer: str
    sub: str = Field(description="The provider's name of the person, which never changes.")
    created_at: datetime

    @classmethod
    def of(cls, identity: Identity) -> "IdentityBody":
        """The body of an identity."""
        return cls(id=identity.id, issuer=identity.issuer, sub=identity.sub, created_at=identity.created_at)


class IdentityRequest(Schema):
    """An identity that is connected before its person first signs in."""

    sub: str = Field(min_length=1, max_length=255, description="The provider's name of the person.")


class CheckStep(Schema):
    """One thing that was looked at on the way to a sign-in."""

    name: str
    level: Level
    text: str
    remedy: str = Field(description="What mends it; empty where nothing has to be mended.")

    @classmethod
    def of(cls, finding: Finding) -> "CheckStep":
        """The body of a finding."""
        return cls(name=finding.name, level=finding.level, text=finding.text, remedy=finding.remedy)


class ProviderCheck(Schema):
    """The way to a sign-in, step by step."""

    ok: bool = Field(description="Whether nothing failed.")
    steps: list[CheckStep]
