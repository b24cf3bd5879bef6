"""Users and their roles. A role holds within a scope: the platform, a region, a supplier, a household, a unit, an
outlet."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.columns import EncryptedText, UtcDateTime, enum_type
from marketplace.kernel.db import Base


class Role(StrEnum):
    """Role codes of the domain."""

    SUPPLIER_OWNER = "supplier_owner"
    SUPPLIER_STAFF = "supplier_staff"
    HOUSEHOLD = "household"
    UNIT_MANAGER = "unit_manager"
    UNIT_BUYER = "unit_buyer"
    UNIT_APPROVER = "unit_approver"
    UNIT_FINANCE = "unit_finance"
    OUTLET_OPERATOR = "outlet_operator"
    OFFICIAL = "official"
    FINANCE = "finance"
    AUDITOR = "auditor"
    ADMIN = "admin"

    @property
    def label(self) -> str:
        return _ROLE_LABELS[self]


_ROLE_LABELS = {
    Role.SUPPLIER_OWNER: "供应商负责人",
    Role.SUPPLIER_STAFF: "供应商员工",
    Role.HOUSEHOLD: "农户",
    Role.UNIT_MANAGER: "单位负责人",
    Role.UNIT_BUYER: "单位采购员",
    Role.UNIT_APPROVER: "单位审批人",
    Role.UNIT_FINANCE: "单位财务",
    Role.OUTLET_OPERATOR: "网点负责人",
    Role.OFFICIAL: "审核干部",
    Role.FINANCE: "财务",
    Role.AUDITOR: "审计",
    Role.ADMIN: "管理员",
}


class ScopeKind(StrEnum):
    PLATFORM = "platform"
    REGION = "region"
    SUPPLIER = "supplier"
    HOUSEHOLD = "household"
    UNIT = "unit"
    OUTLET = "outlet"


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str | None] = mapped_column(String(40), unique=True)
    mobile: Mapped[str | None] = mapped_column(EncryptedText)
    mobile_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(40))
    #: Where mail goes once the person has opened the link sent there.
    email: Mapped[str | None] = mapped_column(EncryptedText)
    email_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    password_hash: Mapped[str] = mapped_column(String(200))
    #: Rises on logout everywhere, password change, disabling and role change: older sessions end.
    session_version: Mapped[int] = mapped_column(default=1)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RoleAssignment(Base):
    """``scope_id`` is '' for the platform, a region code, or the id of a supplier, household, partner unit or
    outlet."""

    __tablename__ = "role_assignments"
    __table_args__ = (
        Index("ix_role_assignments_user", "user_id", "revoked_at"),
        Index("ix_role_assignments_scope", "scope_kind", "scope_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    role: Mapped[Role] = mapped_column(enum_type(Role))
    scope_kind: Mapped[ScopeKind] = mapped_column(enum_type(ScopeKind))
    scope_id: Mapped[str] = mapped_column(String(20), default="")
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginAttempt(Base):
    """Failed logins by digest of the name tried and of the address, to throttle both without telling which exist."""

    __tablename__ = "login_attempts"
    __table_args__ = (Index("ix_login_attempts_subject_at", "subject_digest", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class KnownDevice(Base):
    """A browser that has logged in before: throttling by strangers does not lock its owner out."""

    __tablename__ = "known_devices"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: What it is, in words, and until when it need not show a second factor; '' and None: it always must.
    words: Mapped[str] = mapped_column(String(60), default="")
    trusted_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginSession(Base):
    """One browser signed in. ``session_version`` is the person's when it began: what ends their sessions ends it."""

    __tablename__ = "login_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    key_digest: Mapped[str] = mapped_column(String(64), unique=True)
    session_version: Mapped[int]
    #: The browser in words and the network it came from: enough to know one's own again, no more.
    device: Mapped[str] = mapped_column(String(60))
    network: Mapped[str] = mapped_column(String(60))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SecondFactor(Base):
    """A person's secret for one-time codes (RFC 6238). It counts once ``confirmed_at`` is set."""

    __tablename__ = "second_factors"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    secret: Mapped[str] = mapped_column(EncryptedText)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The step of the last code taken: it and every earlier one are used up.
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """A code for the day the phone is lost: only its digest is kept, and it works once."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    code_digest: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Address(Base):
    """A member's saved delivery address; national, to the street."""

    __tablename__ = "addresses"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    recipient: Mapped[str] = mapped_column(EncryptedText)
    mobile: Mapped[str] = mapped_column(EncryptedText)
    street_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    detail: Mapped[str] = mapped_column(EncryptedText)
    is_default: Mapped[bool] = mapped_column(default=False)


class Invitation(Base):
    """A link by which a person takes a role in a supplier or unit. Only the digest of its secret is kept."""

    __tablename__ = "invitations"
    __table_args__ = (Index("ix_invitations_scope", "scope_kind", "scope_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[Role] = mapped_column(enum_type(Role))
    scope_kind: Mapped[ScopeKind] = mapped_column(enum_type(ScopeKind))
    scope_id: Mapped[str] = mapped_column(String(20))
    #: Whom it is meant for, as the inviter wrote it.
    invitee: Mapped[str] = mapped_column(String(40), default="")
    invited_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiToken(Base):
    """A bearer token of the API. ``session_version`` is the person's when it was issued: what ends their sessions ends
    it too."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    session_version: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
