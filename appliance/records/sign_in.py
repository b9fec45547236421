"""What a sign-in through the identity provider is about, and every reason for which one is refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

Purpose = Literal["login", "connect", "confirm"]


class Reason(StrEnum):
    """Why a sign-in, or a logout by back channel, was refused: what the audit log says."""

    # --- the provider itself
    #: Nobody answers at the provider's address, or not in time, or its certificate is not trusted.
    UNREACHABLE = "oidc_unreachable"
    #: The discovery document can't be used.
    DISCOVERY = "oidc_discovery"
    #: The discovery document names another issuer than OIDC_ISSUER.
    ISSUER_DISCOVERY = "oidc_issuer_discovery"
    #: The discovery document lacks an endpoint, or has one by plain http.
    ENDPOINTS = "oidc_endpoints"
    #: The provider's keys can't be read.
    KEYS = "oidc_jwks"
    # --- the way there and back
    #: A flow that binds something to an account was begun by another site.
    CROSS_SITE = "oidc_cross_site"
    #: Only somebody who is signed in, and proved it lately, can connect an identity.
    SESSION = "oidc_session"
    #: Nobody began a sign-in of this state, or it was used already.
    STATE = "oidc_state"
    #: Another browser began it.
    BROWSER = "oidc_browser"
    #: It was begun too long ago.
    FLOW_EXPIRED = "oidc_flow_expired"
    #: The provider's answer has neither a code nor an error, or something twice.
    CALLBACK = "oidc_callback"
    #: The answer comes from another issuer, or hides from which (RFC 9207).
    CALLBACK_ISS = "oidc_callback_iss"
    #: The person, or the provider's policy, said no.
    DENIED = "oidc_denied"
    #: The provider answered with another error.
    PROVIDER_ERROR = "oidc_provider_error"
    # --- the token endpoint
    #: The provider does not take the client's name or secret.
    CLIENT = "oidc_client"
    #: The provider does not take the code.
    CODE = "oidc_code"
    #: The token endpoint answered with something else that can't be used.
    TOKEN = "oidc_token"  # noqa: S105 - a reason
    #: There is no ID token in the answer.
    NO_ID_TOKEN = "oidc_no_id_token"  # noqa: S105 - a reason
    # --- the ID token
    #: It is no signed JSON object.
    MALFORMED = "oidc_malformed"
    #: It is signed by a method that OIDC_SIGNING_ALG does not list.
    ALG = "oidc_alg"
    #: Its header brings its own key, asks for what must be understood, or says that it is another kind of token.
    HEADER = "oidc_header"
    #: The provider has no key of this id, also after it was asked anew.
    KID = "oidc_kid"
    #: It does not say by which key it was signed, and several would fit.
    KID_AMBIGUOUS = "oidc_kid_ambiguous"
    #: The signature is wrong.
    SIGNATURE = "oidc_signature"
    ISS = "oidc_iss"
    AUD = "oidc_aud"
    AZP = "oidc_azp"
    NONCE = "oidc_nonce"
    SUB = "oidc_sub"
    #: It has expired, or does not say when it does.
    EXP = "oidc_exp"
    #: It is not valid yet.
    NBF = "oidc_nbf"
    #: It was made in the future, or does not say when.
    IAT = "oidc_iat"
    #: It was made too long ago.
    IAT_OLD = "oidc_iat_old"
    #: It does not belong to the access token.
    AT_HASH = "oidc_at_hash"
    #: The person did not prove anew who they are.
    AUTH_TIME = "oidc_auth_time"
    # --- userinfo
    USERINFO = "oidc_userinfo"
    #: Userinfo is about somebody else.
    USERINFO_SUB = "oidc_userinfo_sub"
    #: Userinfo is a signed token, which is not read.
    USERINFO_SIGNED = "oidc_userinfo_signed"
    # --- the account
    #: The person is not in OIDC_REQUIRED_GROUP.
    GROUP = "oidc_group"
    #: OIDC_REQUIRED_GROUP is set and the provider says nothing of groups.
    GROUPS_ABSENT = "oidc_groups_absent"
    #: There is no account for this person and OIDC_AUTO_REGISTER is off.
    NOT_REGISTERED = "oidc_not_registered"
    DISABLED = "oidc_disabled"
    #: Nobody has set the appliance up.
    SETUP_FIRST = "oidc_setup_first"
    #: The identity belongs to another account.
    TAKEN = "oidc_identity_taken"
    #: Somebody else proved who they are than the one who should.
    OTHER_PERSON = "oidc_other_person"
    # --- logout by back channel
    #: The logout token lacks the event, has a nonce, or names neither a session nor a person.
    LOGOUT_TOKEN = "oidc_logout_token"  # noqa: S105 - a reason
    #: The logout token was used already.
    REPLAY = "oidc_replay"


#: What the page is told, where that is not ``sign_in_refused``: few sentences, none of which helps to guess.
SHOWN: Mapping[Reason, str] = {
    Reason.UNREACHABLE: "provider_unavailable",
    Reason.DISCOVERY: "provider_unavailable",
    Reason.ENDPOINTS: "provider_unavailable",
    Reason.KEYS: "provider_unavailable",
    Reason.STATE: "expired",
    Reason.BROWSER: "expired",
    Reason.FLOW_EXPIRED: "expired",
    Reason.DENIED: "cancelled",
    Reason.GROUP: "not_a_member",
    Reason.GROUPS_ABSENT: "not_a_member",
    Reason.NOT_REGISTERED: "not_registered",
    Reason.DISABLED: "disabled",
    Reason.SETUP_FIRST: "setup_first",
}


def shown(reason: str) -> str:
    """The code that the page is told for this reason."""
    return SHOWN.get(Reason(reason), "sign_in_refused") if reason in set(Reason) else "sign_in_refused"


@dataclass(frozen=True, slots=True)
class Flow:
    """A sign-in that has begun at the provider."""

    nonce: str
    verifier: str
    purpose: Purpose
    #: Whose session began it, where it is not a plain sign-in.
    account: UUID | None
    #: Where the page goes on afterwards.
    next: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    """Somebody as the provider describes them, in its ID token and userinfo."""

    issuer: str
    sub: str
    #: What the provider calls them, never trusted to be anybody's name here.
    name: str | None = None
    email: str | None = None
    email_verified: bool = False
    #: None when the provider says nothing of groups, which is not the same as none.
    groups: frozenset[str] | None = None
    #: None when the provider says nothing of it.
    quota_bytes: int | None = None
