"""Which topics reach whom, by what a person is here: what the box offers as filters and the settings ask about."""

from collections.abc import Collection, Mapping

from marketplace.accounts.models import Role
from marketplace.accounts.policies import HOLDERS, Actor, Permission
from marketplace.messages.topics import TOPICS, Topic

#: what every member hears of, who only buys too
_OF_ALL = frozenset({Topic.ORDER, Topic.AFTER_SALES, Topic.RESTOCK})
_SUPPLIERS = HOLDERS[Permission.SUPPLIER]
_OFFICIALS = HOLDERS[Permission.OFFICIAL]

#: who else is told of what; ``tests/integration/test_message_audience.py`` holds it against what the demo tells
_HEARD_BY: Mapping[Topic, frozenset[Role]] = {
    Topic.ADMISSION: _SUPPLIERS | _OFFICIALS | {Role.ADMIN},
    Topic.PAPERS: _SUPPLIERS,
    Topic.APPLICATION: _SUPPLIERS,
    Topic.REVIEW: _OFFICIALS,
    Topic.OBJECTION: _SUPPLIERS | _OFFICIALS,
    Topic.CERTIFICATE: _SUPPLIERS,
    Topic.LINKAGE: _SUPPLIERS | _OFFICIALS,
    Topic.MONITORING: _SUPPLIERS | _OFFICIALS,
    Topic.PURCHASE: HOLDERS[Permission.UNIT],
    Topic.PAYOUT: _SUPPLIERS | _OFFICIALS | {Role.HOUSEHOLD, Role.FINANCE},
    Topic.REGISTER: _SUPPLIERS | _OFFICIALS | {Role.HOUSEHOLD, Role.ADMIN},
}


def topics_for(actor: Actor, heard: Collection[Topic] = ()) -> list[Topic]:
    """In their order: those of everybody, of this person's roles, and those ``heard`` of already for another reason, as
    who lodged an objection hears what came of it."""
    roles = {grant.role for grant in actor.grants}
    return [
        topic
        for topic in TOPICS
        if topic in _OF_ALL or topic in heard or roles & _HEARD_BY.get(topic, frozenset())
    ]
