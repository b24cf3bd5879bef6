"""Route table of unit_desk: URL, endpoint, view, permission."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import Route
from marketplace.unit_desk.members import views as members
from marketplace.unit_desk.pairings import views as pairings
from marketplace.unit_desk.plan import views as plan
from marketplace.unit_desk.purchases.routes import PURCHASES
from marketplace.unit_desk.registration import views as registration

MEMBER, MANAGER = Permission.UNIT, Permission.UNIT_MANAGER
POST, FORM = ("POST",), ("GET", "POST")

REGISTRATION = [
    Route("/units", "units.about", registration.about, Permission.PUBLIC),
    Route("/units/register", "units.register", registration.register, Permission.SIGNED_IN, FORM),
    Route("/unit/switch", "unit.switch", registration.switch, MEMBER, FORM),
    Route("/unit/profile", "unit.profile", registration.profile, MEMBER),
    Route("/unit/profile/correct", "unit.correct", registration.correct, MANAGER, FORM),
    Route("/unit/profile/contact", "unit.contact", registration.contact, MANAGER, FORM),
    Route("/unit/profile/paper", "unit.paper", registration.paper, MEMBER),
]
MEMBERS = [
    Route("/unit/members", "unit.members", members.index, MEMBER),
    Route("/unit/members/invite", "unit.member_invite", members.invite, MANAGER, FORM),
    Route("/unit/members/<int:assignment_id>", "unit.member", members.member, MANAGER),
    Route("/unit/members/<int:assignment_id>/change", "unit.member_change", members.change, MANAGER, POST),
    Route("/unit/members/<int:assignment_id>/end", "unit.member_end", members.end, MANAGER, POST),
    Route(
        "/unit/invitations/<int:invitation_id>/withdraw",
        "unit.invitation_withdraw",
        members.withdraw,
        MANAGER,
        POST,
    ),
]
PLAN = [
    Route("/unit", "unit.home", plan.home, MEMBER),
    Route("/unit/plan", "unit.plan_edit", plan.edit, MANAGER, FORM),
    Route("/unit/pairings", "unit.pairings", pairings.index, MEMBER),
    Route("/unit/villages/<code>", "unit.village", pairings.village, MEMBER),
]
routes: list[Route] = [*PLAN, *REGISTRATION, *MEMBERS, *PURCHASES]
