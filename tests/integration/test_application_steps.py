"""Every edge the state table does not list is refused, from every state, and leaves no trace."""

import pytest
from sqlalchemy import func, select

from certification.applications.models import Application, ApplicationStep, HouseholdConfirmation
from certification.applications.steps import take_step
from certification.applications.workflow import APPLICATION, ApplicationState
from marketplace.kernel.db import db
from marketplace.kernel.errors import IllegalTransition
from marketplace.kernel.transaction import transaction
from tests.factories.certifying import case

pytestmark = pytest.mark.usefixtures("app")

ACTIONS = sorted({action for _, action in APPLICATION.edges})


@pytest.mark.parametrize("at", list(ApplicationState))
def test_what_the_table_does_not_list_is_refused(at: ApplicationState) -> None:
    made = case()
    with transaction():
        row = db.session.get_one(Application, made.application)
        row.returned_from = "town" if at is ApplicationState.RETURNED else None
        row.state = at
    for action in ACTIONS:
        if APPLICATION.allows(at, action):
            continue
        with pytest.raises(IllegalTransition), transaction():
            take_step(db.session.get_one(Application, made.application), action, None)
    after = select(Application.state).where(Application.id == made.application)
    assert db.session.execute(after).scalar_one() is at
    assert db.session.scalar(select(func.count()).select_from(ApplicationStep)) == 0
    assert db.session.scalar(select(func.count()).select_from(HouseholdConfirmation)) == 0
