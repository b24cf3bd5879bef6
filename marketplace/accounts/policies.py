"""What a route may ask for, and who has it. Default deny: a permission not listed for a role is not held by it."""

from dataclasses import dataclass
from enum import StrEnum

from marketplace.accounts.models import Role, ScopeKind


class Permission(StrEnum):
    """Names used by route tables. The object's own scope is checked by the command or query behind the route."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    SUPPLIER = "supplier"
    SUPPLIER_OWNER = "supplier_owner"
    HOUSEHOLD = "household"
    HOUSEHOLD_CLEAR = "household_clear"  # a household's personal data unmasked, with a reason, on the record
    OFFICIAL = "official"
    REPORTS = "reports"
    FINANCE = "finance"
    AUDIT = "audit"
    ADMIN = "admin"
    DEMO = "demo"  # open to all, but only registered in demo and test


HOLDERS: dict[Permission, frozenset[Role]] = {
    Permission.SUPPLIER: frozenset({Role.SUPPLIER_OWNER, Role.SUPPLIER_STAFF}),
    Permission.SUPPLIER_OWNER: frozenset({Role.SUPPLIER_OWNER}),
    Permission.HOUSEHOLD: frozenset({Role.HOUSEHOLD}),
    Permission.HOUSEHOLD_CLEAR: frozenset({Role.SUPPLIER_OWNER}),
    Permission.OFFICIAL: frozenset({Role.OFFICIAL}),
    Permission.REPORTS: frozenset({Role.OFFICIAL, Role.FINANCE, Role.AUDITOR, Role.ADMIN}),
    Permission.FINANCE: frozenset({Role.FINANCE}),
    Permission.AUDIT: frozenset({Role.AUDITOR, Role.ADMIN, Role.FINANCE}),
    Permission.ADMIN: frozenset({Role.ADMIN}),
}
OPEN = frozenset({Permission.PUBLIC, Permission.DEMO})


@dataclass(frozen=True)
class Grant:
    role: Role
    scope_kind: ScopeKind
    scope_id: str


@dataclass(frozen=True)
class Actor:
    """Who acts: ids and grants only, no session. Commands take one."""

    user_id: int
    grants: tuple[Grant, ...]

    def has_role(self, *roles: Role) -> bool:
        return any(grant.role in roles for grant in self.grants)

    def _ids(self, kind: ScopeKind, roles: frozenset[Role]) -> list[int]:
        return sorted(
            {int(g.scope_id) for g in self.grants if g.scope_kind is kind and g.role in roles and g.scope_id}
        )

    @property
    def supplier_ids(self) -> list[int]:
        return self._ids(ScopeKind.SUPPLIER, HOLDERS[Permission.SUPPLIER])

    @property
    def owned_supplier_ids(self) -> list[int]:
        """Suppliers this person is an owner of, not only staff."""
        return self._ids(ScopeKind.SUPPLIER, HOLDERS[Permission.SUPPLIER_OWNER])

    @property
    def household_ids(self) -> list[int]:
        return self._ids(ScopeKind.HOUSEHOLD, HOLDERS[Permission.HOUSEHOLD])

    @property
    def official_regions(self) -> list[str]:
        """Codes of the regions this person is an official of."""
        return sorted(
            {g.scope_id for g in self.grants if g.role is Role.OFFICIAL and g.scope_kind is ScopeKind.REGION}
        )

    def acts_for_supplier(self, supplier_id: int) -> bool:
        return supplier_id in self.supplier_ids


def allows(actor: Actor | None, permission: StrEnum) -> bool:
    """Whether the person (None: a guest) holds a route's permission."""
    if permission in OPEN:
        return True
    if actor is None:
        return False
    if permission is Permission.SIGNED_IN:
        return True
    roles = HOLDERS.get(Permission(permission), frozenset())
    return any(grant.role in roles for grant in actor.grants)
