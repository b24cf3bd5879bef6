"""The register of households: found by number without reading it, moved and changed with history, imported whole or not."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
import xlsxwriter
from flask import Flask
from sqlalchemy import func, select
from stdnum.cn import ric

from marketplace.accounts.policies import Actor
from marketplace.accounts.register_scope import register_regions
from marketplace.kernel import clock, import_runs, outbox
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from marketplace.kernel.import_runs import ImportRun, RunState
from marketplace.parties import consents
from marketplace.parties.household_commands import change_household_status
from marketplace.parties.household_imports import ACCOUNT, COLUMNS, HEAD, ID, KIND, MOBILE, PEOPLE, STATUS
from marketplace.parties.household_register import (
    RegisterFilter,
    happenings,
    kept_household,
    move_household,
    register_page,
    unmask_on_register,
)
from marketplace.parties.models import Household, HouseholdMove, HouseholdStatusChange
from marketplace.parties.rules import ConsentPurpose, HouseholdStatus
from tests.factories import builders, certifying
from tests.support.counting import statements

Row = dict[str, Any]


def numbers(count: int) -> list[str]:
    """Made-up identity numbers with fit check digits; birth years in the 1890s say that they are nobody's."""
    found: dict[str, None] = {}
    number = 0
    while len(found) < count:
        body = f"61012418{90 + number // 100_000 % 9:02d}{number % 12 + 1:02d}{number // 12 % 28 + 1:02d}{number // 336 % 1000:03d}"
        found[body + ric.calc_check_digit(body + "0")] = None
        number += 1
    return list(found)


def row(number: str, **changed: Any) -> Row:
    return {
        "id_number": number,
        "head_name": "示例甲",
        "people": 4,
        "status": "脱贫",
        "code": builders.VILLAGE,
        **changed,
    }


def workbook(rows: Sequence[Row], renamed: Mapping[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [(renamed or {}).get(column.label, column.label) for column in COLUMNS])
    for index, each in enumerate(rows, 1):
        sheet.write_row(index, 0, [each.get(column.key, "") for column in COLUMNS])
    book.close()
    return out.getvalue()


def hand_in(actor: Actor, rows: Sequence[Row]) -> ImportRun:
    run_id = import_runs.start_run(actor.user_id, KIND, workbook(rows), "名单.xlsx")
    return worked(run_id)


def worked(run_id: int) -> ImportRun:
    while outbox.run_pending():
        pass
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(ImportRun, run_id)


def written(actor: Actor, run: ImportRun) -> ImportRun:
    import_runs.confirm_run(actor.user_id, run.id, run.findings["fingerprint"])
    return worked(run.id)


def said(household_id: int) -> tuple[int, HouseholdStatus]:
    household = db.session.get_one(Household, household_id)
    return household.people, household.status


@pytest.fixture
def county(app: Flask) -> Actor:
    return builders.official_of(builders.COUNTY)


def test_a_heading_nobody_knows_is_told_with_what_was_found(county: Actor) -> None:
    known = workbook([row(numbers(1)[0])])
    assert worked(import_runs.start_run(county.user_id, KIND, known, "名单.xlsx")).findings["unread"] == []
    renamed = workbook([row(numbers(1)[0])], {MOBILE: "手机号码"})
    run = worked(import_runs.start_run(county.user_id, KIND, renamed, "名单.xlsx"))
    assert (run.state, run.findings["unread"]) == (RunState.CHECKED, ["手机号码"])


def test_a_table_is_checked_then_written_whole_and_a_second_time_changes_nothing(county: Actor) -> None:
    rows = [row(number) for number in numbers(3)]
    run = hand_in(county, rows)
    assert (run.state, run.findings["new"], run.done) == (RunState.CHECKED, 3, 3)
    assert db.session.scalar(select(func.count(Household.id))) == 0
    run = written(county, run)
    assert run.state is RunState.APPLIED
    assert db.session.scalar(select(func.count(Household.id))) == 3
    assert db.session.scalar(select(func.count(HouseholdStatusChange.id))) == 3
    with pytest.raises(Conflict):
        import_runs.confirm_run(county.user_id, run.id, run.findings["fingerprint"])
    again = hand_in(county, rows)
    assert (again.findings["new"], again.findings["changed"], again.findings["unchanged"]) == (0, 0, 3)
    raw = db.session.connection().exec_driver_sql("SELECT id_number FROM households").all()
    assert not any(number.encode() in bytes(cell[0]) for cell in raw for number in numbers(3))


def test_every_bad_cell_is_named_and_nothing_written(county: Actor) -> None:
    good, second, third, fourth, fifth = numbers(5)
    elsewhere = builders.VILLAGE_OF_OTHER_COUNTY
    rows = [
        row(good),
        row("610124190001010000", head_name=""),
        row(second, people=31, status="富裕"),
        row(third, code=elsewhere),
        row(good),
        row(fourth, bank_account="6222000011112222"),
        row(fifth, since="2999-01-01"),
    ]
    run = hand_in(county, rows)
    assert run.state is RunState.REFUSED
    named = {(error[0], error[1]) for error in run.findings["errors"]}
    assert named >= {(3, ID), (3, HEAD), (4, PEOPLE), (4, STATUS), (6, ID), (7, ACCOUNT)}
    assert {error[0] for error in run.findings["errors"]} == {3, 4, 5, 6, 7, 8}
    with pytest.raises(Conflict):
        import_runs.confirm_run(county.user_id, run.id, run.findings["fingerprint"])
    assert db.session.scalar(select(func.count(Household.id))) == 0


def test_a_known_household_is_changed_with_history_and_its_account_is_not(county: Actor) -> None:
    number = numbers(1)[0]
    written(county, hand_in(county, [row(number, bank_name="示例银行", bank_account="6222000011112222")]))
    changed = row(number, status="监测", code=builders.VILLAGE_OF_SAME_TOWN, people=5, since="2026-01-01")
    run = hand_in(county, [changed])
    assert [each[0] for each in run.findings["changed_rows"][0][2]] == ["村", PEOPLE, STATUS]
    written(county, run)
    household = db.session.scalars(select(Household)).one()
    assert (household.status, household.village_code, household.people) == (
        HouseholdStatus.MONITORED,
        builders.VILLAGE_OF_SAME_TOWN,
        5,
    )
    assert len(db.session.scalars(select(HouseholdMove.id)).all()) == 1
    assert [each.title for each in happenings(household.id)][-1].startswith("身份")
    refused = hand_in(
        county, [row(number, code=builders.VILLAGE_OF_SAME_TOWN, bank_account="6222000099998888")]
    )
    assert [error[1] for error in refused.findings["errors"]] == [ACCOUNT]


def test_who_is_registered_elsewhere_is_not_found_out_by_a_table(county: Actor) -> None:
    number = numbers(1)[0]
    other = builders.official_of(builders.OTHER_COUNTY)
    written(other, hand_in(other, [row(number, code=builders.VILLAGE_OF_OTHER_COUNTY)]))
    foreign = hand_in(county, [row(number)])
    written(county, hand_in(county, [row(numbers(2)[1])]))
    misnamed = hand_in(county, [row(numbers(2)[1], head_name="示例乙")])
    assert foreign.findings["errors"][0][2] == misnamed.findings["errors"][0][2]


def test_five_thousand_rows_take_statements_by_the_batch(county: Actor) -> None:
    rows = [row(number) for number in numbers(5000)]
    data = workbook(rows)
    run_id = import_runs.start_run(county.user_id, KIND, data, "大表.xlsx")
    with statements() as sent:
        run = worked(run_id)
    assert (run.state, run.total, run.done, run.findings["new"]) == (RunState.CHECKED, 5000, 5000, 5000)
    assert len(sent) < 150  # ten batches, twenty notes of progress, the places: not five thousand


def test_nobody_sees_another_ones_table(county: Actor) -> None:
    run = hand_in(county, [row(numbers(1)[0])])
    other = builders.official_of(builders.COUNTY)
    seen = run.findings["fingerprint"]
    with pytest.raises(NotFound):
        import_runs.confirm_run(other.user_id, run.id, seen)
    for refused in (import_runs.get_run, import_runs.drop_run):
        with pytest.raises(NotFound):
            refused(other.user_id, run.id)
    import_runs.drop_run(county.user_id, run.id)
    with pytest.raises(Conflict):
        import_runs.confirm_run(county.user_id, run.id, seen)


def test_what_a_colleague_changed_since_the_preview_is_shown_before_it_is_put_back(county: Actor) -> None:
    number = numbers(1)[0]
    written(county, hand_in(county, [row(number)]))
    household = db.session.scalars(select(Household.id)).one()
    run = hand_in(county, [row(number, people=6)])
    first = run.findings["fingerprint"]
    change_household_status(county, household, HouseholdStatus.MONITORED, clock.today(), "家里有人大病")
    run = written(county, run)
    assert (run.state, run.error) == (RunState.CHECKED, "imports.seen_other")
    assert said(household) == (4, HouseholdStatus.MONITORED)
    assert [each[0] for each in run.findings["changed_rows"][0][2]] == [PEOPLE, STATUS]
    with pytest.raises(Conflict):  # the page of before, still open in another window
        import_runs.confirm_run(county.user_id, run.id, first)
    run = written(county, run)
    assert (run.state, run.error) == (RunState.APPLIED, None)
    assert said(household) == (6, HouseholdStatus.LIFTED)


def test_what_has_come_to_fit_no_longer_is_named_cell_by_cell(county: Actor) -> None:
    number = numbers(1)[0]
    written(county, hand_in(county, [row(number)]))
    household = db.session.scalars(select(Household.id)).one()
    run = hand_in(county, [row(number, people=5)])
    city = builders.official_of(builders.CITY)
    move_household(city, household, builders.VILLAGE_OF_OTHER_COUNTY, clock.today(), "投靠女儿")
    run = written(county, run)
    assert (run.state, run.error) == (RunState.REFUSED, "imports.moved_on")
    assert [error[1] for error in run.findings["errors"]] == [ID]


def test_a_file_that_a_newer_one_replaced_is_not_written(county: Actor) -> None:
    first, second = numbers(2)
    shown = hand_in(county, [row(first)])
    hand_in(county, [row(second)])
    run = written(county, shown)
    assert (run.state, run.error) == (RunState.FAILED, "imports.gone")
    assert db.session.scalar(select(func.count(Household.id))) == 0


def test_digits_that_the_mask_hides_are_compared_and_written_and_not_shown(county: Actor) -> None:
    number = numbers(1)[0]
    written(county, hand_in(county, [row(number, mobile="13800001234")]))
    run = hand_in(county, [row(number, mobile="13800011234")])
    assert run.findings["changed"] == 1
    assert "13800011234" not in str(run.findings)
    assert "13800001234" not in str(run.findings)
    shown = run.findings["changed_rows"][0][2][0]
    assert shown[1] != shown[2], "both would read alike"
    written(county, run)
    assert db.session.scalars(select(Household)).one().mobile == "13800011234"


def test_found_by_number_within_ones_own_region_only(county: Actor) -> None:
    number = numbers(1)[0]
    written(county, hand_in(county, [row(number)]))

    def found(actor: Actor) -> int:
        return register_page(RegisterFilter(register_regions(actor), text=number), 1).total

    assert found(county) == 1
    assert found(builders.official_of(builders.VILLAGE)) == 1
    assert found(builders.official_of(builders.OTHER_COUNTY)) == 0
    card = register_page(RegisterFilter(register_regions(county)), 1).items[0]
    assert card.head == "示**"
    assert number not in str(card)


def test_a_move_keeps_the_code_and_the_history(county: Actor) -> None:
    household = builders.household(builders.VILLAGE)
    code = db.session.get_one(Household, household).code
    village = builders.official_of(builders.VILLAGE)
    with pytest.raises(InvalidInput):  # the other village's register is not its own
        move_household(village, household, builders.VILLAGE_OF_SAME_TOWN, clock.today(), "跟儿子一起住")
    with pytest.raises(InvalidInput):
        move_household(county, household, builders.VILLAGE, clock.today(), "没有搬")
    with pytest.raises(InvalidInput):
        move_household(
            county, household, builders.VILLAGE_OF_SAME_TOWN, clock.today() + timedelta(days=1), "要搬"
        )
    move_household(county, household, builders.VILLAGE_OF_SAME_TOWN, clock.today(), "跟儿子一起住")
    db.session.expire_all()
    moved = db.session.get_one(Household, household)
    assert (moved.code, moved.village_code) == (code, builders.VILLAGE_OF_SAME_TOWN)
    with pytest.raises(NotFound):
        kept_household(village, household)
    assert "迁到" in happenings(household)[0].title
    change_household_status(county, household, HouseholdStatus.MONITORED, clock.today(), "家里有人大病")
    assert happenings(household)[0].text == "家里有人大病"


def test_in_clear_for_an_official_with_a_reason_on_record(county: Actor) -> None:
    household = builders.household(builders.VILLAGE, name="王建国")
    with pytest.raises(InvalidInput):
        unmask_on_register(county, household, " ")
    with pytest.raises(NotFound):
        unmask_on_register(builders.official_of(builders.OTHER_COUNTY), household, "入户核对信息")
    with pytest.raises(Forbidden):
        unmask_on_register(builders.admin(), household, "入户核对信息")
    assert unmask_on_register(county, household, "入户核对信息").head_name == "王建国"
    assert db.session.scalars(
        select(AuditEntry.reason).where(AuditEntry.action == "households.unmask")
    ).all() == ["入户核对信息"]


def test_a_consent_is_gone_the_moment_it_is_withdrawn(county: Actor) -> None:
    household = builders.household(builders.VILLAGE)
    story = ConsentPurpose.STORY
    with pytest.raises(InvalidInput):
        consents.record_consent(county, household, story, clock.today(), None)
    with pytest.raises(NotFound):
        consents.record_consent(
            builders.official_of(builders.OTHER_COUNTY), household, story, clock.today(), certifying.paper()
        )
    given = consents.record_consent(county, household, story, date(2026, 1, 1), certifying.paper())
    assert consents.has_consent(household, story)
    assert not consents.has_consent(household, ConsentPurpose.PICTURE)
    with pytest.raises(Conflict):
        consents.record_consent(county, household, story, clock.today(), certifying.paper())
    consents.withdraw_consent(builders.head_of(household), given, "不想登了")
    assert not consents.has_consent(household, story)
    with pytest.raises(Conflict):
        consents.withdraw_consent(county, given)
