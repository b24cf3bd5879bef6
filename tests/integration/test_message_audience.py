"""Whoever is told something is asked how: the table of who hears what, held against all that the demo tells."""

import pytest
from flask import Flask
from sqlalchemy import select

from marketplace.accounts.models import Role, RoleAssignment, ScopeKind
from marketplace.accounts.policies import Actor, Grant
from marketplace.kernel.db import db
from marketplace.messages.audience import topics_for
from marketplace.messages.models import Message
from marketplace.messages.topics import TOPICS, Topic

BUYERS = {Topic.ORDER, Topic.AFTER_SALES, Topic.RESTOCK}


def actor_with(*roles: Role) -> Actor:
    return Actor(1, tuple(Grant(role, ScopeKind.PLATFORM, "") for role in roles))


@pytest.mark.template("demo")
def test_nobody_in_the_demo_hears_of_what_the_settings_do_not_ask_about(app: Flask) -> None:
    roles: dict[int, set[Role]] = {}
    for user_id, role in db.session.execute(select(RoleAssignment.user_id, RoleAssignment.role)):
        roles.setdefault(user_id, set()).add(role)
    told = db.session.execute(select(Message.user_id, Message.topic).distinct()).all()
    assert len({topic for _, topic in told}) > 6
    unasked = {
        (topic, frozenset(roles.get(user_id, set())))
        for user_id, topic in told
        if topic not in topics_for(actor_with(*roles.get(user_id, set())))
    }
    assert unasked == set()


@pytest.mark.parametrize(
    ("role", "more"),
    [
        (None, set()),
        (Role.OUTLET_OPERATOR, set()),
        (Role.AUDITOR, set()),
        (Role.UNIT_APPROVER, {Topic.PURCHASE}),
        (Role.HOUSEHOLD, {Topic.PAYOUT, Topic.REGISTER}),
        (Role.FINANCE, {Topic.PAYOUT}),
        (Role.ADMIN, {Topic.ADMISSION, Topic.REGISTER}),
        (Role.SUPPLIER_STAFF, set(TOPICS) - BUYERS - {Topic.REVIEW, Topic.PURCHASE}),
        (
            Role.OFFICIAL,
            set(TOPICS) - BUYERS - {Topic.PURCHASE, Topic.PAPERS, Topic.APPLICATION, Topic.CERTIFICATE},
        ),
    ],
)
def test_each_hears_of_what_the_role_does(role: Role | None, more: set[Topic]) -> None:
    assert set(topics_for(actor_with(*([role] if role else [])))) == BUYERS | more


def test_several_roles_hear_of_all_in_one_order() -> None:
    both = topics_for(actor_with(Role.FINANCE, Role.UNIT_BUYER), heard={Topic.OBJECTION})
    assert both == [
        topic for topic in TOPICS if topic in {*BUYERS, Topic.PAYOUT, Topic.PURCHASE, Topic.OBJECTION}
    ]
