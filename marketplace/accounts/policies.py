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
    UNIT = "unit"
    UNIT_MANAGER = "unit_manager"
    UNIT_BUYER = "unit_buyer"
    UNIT_APPROVER = "unit_approver"
    UNIT_FINANCE = "unit_finance"
    OUTLET = "outlet"
    OFFICIAL = "official"
    REGISTERS = "registers"  # outlets and pairing arrangements of one's own regions
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
    Permission.UNIT: frozenset({Role.UNIT_MANAGER, Role.UNIT_BUYER, Role.UNIT_APPROVER, Role.UNIT_FINANCE}),
    Permission.UNIT_MANAGER: frozenset({Role.UNIT_MANAGER}),
    Permission.UNIT_BUYER: frozenset({Role.UNIT_BUYER, Role.UNIT_MANAGER}),
    Permission.UNIT_APPROVER: frozenset({Role.UNIT_APPROVER}),
    Permission.UNIT_FINANCE: frozenset({Role.UNIT_FINANCE}),
    Permission.OUTLET: frozenset({Role.OUTLET_OPERATOR}),
    Permission.OFFICIAL: frozenset({Role.OFFICIAL}),
    Permission.REGISTERS: frozenset({Role.OFFICIAL, Role.ADMIN}),
    Permission.REPORTS: frozenset({Role.OFFICIAL, Role.FINANCE, Role.AUDITOR, Role.ADMIN}),
    Permission.FINANCE: frozenset({Role.FINANCE}),
    Permission.AUDIT: frozenset({Role.AUDITOR, Role.ADMIN, Role.FINANCE}),
    Permission.ADMIN: frozenset({Role.ADMIN}),
}
#: who decides about others' money, papers and rights: a password alone should not be enough
SECOND_FACTOR_ROLES = frozenset({Role.OFFICIAL, Role.FINANCE, Role.AUDITOR, Role.ADMIN})
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
    def unit_ids(self) -> list[int]:
        """Partner units this person is a member of, in any role."""
        return self._ids(ScopeKind.UNIT, HOLDERS[Permission.UNIT])

    def unit_ids_with(self, permission: Permission) -> list[int]:
        """Partner units in which this person holds one of the four unit permissions."""
        return self._ids(ScopeKind.UNIT, HOLDERS[permission])

    @property
    def outlet_ids(self) -> list[int]:
        return self._ids(ScopeKind.OUTLET, HOLDERS[Permission.OUTLET])

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
