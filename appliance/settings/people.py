"""Settings about who may come in and what they see."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

#: Signatures that an identity provider can make and a client can only check: no shared secrets, and never none.
_ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)


class PeopleSettings(BaseModel):
    """Accounts, sign-in and the home's identity provider."""

    signup: Literal["off", "invite", "open"] = Field(
        "off",
        description="Who may make an account: nobody, whoever has an invitation, or anyone who can connect.",
    )
    password_login: bool = Field(
        True,
        description="Whether people sign in with passwords; `scene-sense user open-login` lets them in for a while.",
    )
    admin_sees_all: bool = Field(
        False, description="Whether administrators see everybody's pictures; everybody is shown that they do."
    )
    audit_days: float = Field(365.0, ge=1, description="How long the audit log is kept, days.")
    hsts_days: float = Field(
        0.0,
        ge=0,
        le=730,
        description="How long browsers shall use nothing but https for this name, days; 0: not said.",
    )
    oidc_enabled: bool = Field(
        False, description="Whether people sign in through the home's identity provider."
    )
    oidc_issuer: str | None = Field(None, description="The provider's issuer, to the letter.")
    oidc_client_id: str | None = Field(None, description="Name of this client at the provider.")
    oidc_client_secret: SecretStr | None = Field(
        None, description="Secret of this client; unset: a public client."
    )
    oidc_token_auth_method: Literal["client_secret_basic", "client_secret_post", "none"] | None = Field(
        None, description="How the secret is sent; unset: `client_secret_basic`, or `none` without a secret."
    )
    oidc_scope: str = Field("openid profile email", description="What is asked for, space separated.")
    oidc_signing_alg: tuple[str, ...] = Field(
        ("RS256",), description="Signatures that are taken, comma separated; whatever the provider announces."
    )
    oidc_groups_claim: str = Field(
        "groups", description="Claim with groups or roles: its exact name, or a path with dots."
    )
    oidc_required_group: str | None = Field(None, description="Group without which nobody gets in.")
    oidc_admin_group: str | None = Field(
        None, description="Group that makes administrators, and whose loss unmakes them."
    )
    oidc_viewer_group: str | None = Field(
        None, description="Group of those who only look, and whose loss makes them members."
    )
    oidc_strip_leading_slash: bool = Field(
        False, description="Whether a group `/family` is read as `family`, as Keycloak writes them."
    )
    oidc_quota_claim: str | None = Field(
        None, description="Claim with the person's quota: bytes, or a text such as `50 GiB`."
    )
    oidc_auto_register: bool = Field(True, description="Whether a first sign-in makes an account.")
    oidc_link_by_email: bool = Field(
        False,
        description="Whether a first sign-in joins the account with the same address, when both are verified.",
    )
    oidc_button_text: str = Field(
        "Sign in with your home account", max_length=100, description="Text of the button."
    )
    oidc_auto_launch: bool = Field(
        False, description="Whether the page goes to the provider by itself; `?local=1` keeps it here."
    )
    oidc_logout: Literal["rp", "local"] = Field(
        "rp", description="Whether signing out ends the session at the provider as well (`rp`)."
    )
    oidc_timeout_s: float = Field(
        5.0, gt=0, le=60, description="How long the provider may take for one answer, seconds."
    )
    oidc_ca_file: Path | None = Field(
        None, description="Certificates (PEM) that the provider's is checked with, beside the system's."
    )
    oidc_allow_http_issuer: bool = Field(
        False, description="Whether an issuer by plain http is taken, at a loopback or private address."
    )

    @field_validator("oidc_signing_alg", mode="before")
    @classmethod
    def _split_algorithms(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("oidc_signing_alg")
    @classmethod
    def _asymmetric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [name for name in value if name not in _ALGORITHMS]
        if wrong or not value:
            raise ValueError(f"must be some of {', '.join(sorted(_ALGORITHMS))}")
        return value

    @field_validator("oidc_scope")
    @classmethod
    def _openid(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("must contain openid")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _issuer(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must look like https://auth.example.org, as the provider itself says it")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.oidc_enabled:
            if not self.password_login:
                raise ValueError(
                    "PASSWORD_LOGIN is off and OIDC_ENABLED as well, so that nobody could sign in"
                )
            return self
        missing = [name for name in ("oidc_issuer", "oidc_client_id") if not getattr(self, name)]
        if not getattr(self, "public_url", None):
            missing.append("public_url")
        if missing:
            raise ValueError(f"OIDC_ENABLED needs {', '.join(name.upper() for name in missing)} as well")
        if str(self.oidc_issuer).startswith("http:") and not self.oidc_allow_http_issuer:
            raise ValueError(
                "OIDC_ISSUER is plain http; use https, or set OIDC_ALLOW_HTTP_ISSUER for a private one"
            )
        return self
