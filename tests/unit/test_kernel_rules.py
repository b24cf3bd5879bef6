"""Small parts of the kernel that need no database: workflow, errors, paging, clock, crypto, columns."""

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from cryptography.fernet import Fernet, InvalidToken
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from marketplace.kernel import clock, crypto
from marketplace.kernel.columns import EncryptedText, UtcDateTime
from marketplace.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
)
from marketplace.kernel.logs import _redact
from marketplace.kernel.paging import LAST_PAGE, Page, offset_of, page_number
from marketplace.kernel.workflow import Workflow


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    OFF = "off"


LIGHTS = Workflow(
    Light.RED,
    {(Light.RED, "go"): Light.GREEN, (Light.GREEN, "stop"): Light.RED, (Light.RED, "cut"): Light.OFF},
)


def test_a_state_changes_only_along_an_edge() -> None:
    assert LIGHTS.next(Light.RED, "go") is Light.GREEN
    assert LIGHTS.actions(Light.RED) == ["go", "cut"]
    assert LIGHTS.actions(Light.OFF) == []


@pytest.mark.parametrize("state", Light)
@pytest.mark.parametrize("action", ["go", "stop", "cut", "", "GO", "fly"])
def test_whatever_is_not_in_the_table_is_refused(state: Light, action: str) -> None:
    if LIGHTS.allows(state, action):
        assert (state, action) in LIGHTS.edges
        return
    with pytest.raises(IllegalTransition) as refused:
        LIGHTS.next(state, action)
    assert refused.value.params == {"state": state, "action": action}
    assert refused.value.status == 409


def test_a_table_can_not_be_changed_from_outside() -> None:
    edges = {(Light.RED, "go"): Light.GREEN}
    machine = Workflow(Light.RED, edges)
    edges[Light.GREEN, "go"] = Light.OFF
    assert not machine.allows(Light.GREEN, "go")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidInput("x.y"), 422, "x.y"),
        (NotFound(), 404, "not_found"),
        (Forbidden(), 403, "forbidden"),
        (Conflict("x.y"), 409, "x.y"),
        (DomainError("x.y"), 400, "x.y"),
        (IllegalTransition("a", "b"), 409, "workflow.illegal"),
    ],
)
def test_an_error_carries_its_code_and_status(error: DomainError, status: int, code: str) -> None:
    assert (error.status, error.code) == (status, code)


def test_an_error_names_its_numbers_in_the_log() -> None:
    assert str(Conflict("stock.too_few", left=2)) == "stock.too_few(left=2)"


@pytest.mark.parametrize(
    ("text", "page"),
    [
        (None, 1), ("", 1), ("1", 1), ("7", 7), ("0", 1), ("-1", 1), ("1.5", 1), ("NaN", 1), ("１", 1), ("²", 1),
        ("9999999", LAST_PAGE), ("10000000", 1), (str(10**18), 1), ("9" * 5000, 1), ("1\x00", 1), (" 2", 1),
    ],
)  # fmt: skip
def test_an_absurd_page_is_the_first_one(text: str | None, page: int) -> None:
    assert page_number(text) == page


@given(st.text())
def test_any_page_keeps_the_offset_in_the_database_s_range(text: str) -> None:
    assert 0 <= offset_of(page_number(text)) < 2**31


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (1, 1), (20, 1), (21, 2), (40, 2), (41, 3)])
def test_how_many_pages(total: int, pages: int) -> None:
    assert Page([], 1, total).pages == pages


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-23T15:59:59+00:00", date(2026, 11, 23)),
        ("2026-11-23T16:00:00+00:00", date(2026, 11, 24)),
        ("2026-12-31T16:00:00+00:00", date(2027, 1, 1)),
        ("2026-11-24T00:30:00-08:00", date(2026, 11, 24)),
    ],
)
def test_a_day_is_one_of_xi_an(moment: str, day: date) -> None:
    assert clock.local_date(datetime.fromisoformat(moment)) == day


@given(st.dates(min_value=date(1992, 1, 1), max_value=date(9000, 1, 1)))
def test_a_day_starts_at_its_first_moment(day: date) -> None:
    start = clock.local_day_start(day)
    assert start.tzinfo is UTC
    assert clock.local_date(start) == day
    assert clock.local_date(start - timedelta(microseconds=1)) == day - timedelta(days=1)


@pytest.mark.parametrize(
    "dialect",
    [sqlite.dialect(), postgresql.dialect()],  # type: ignore[no-untyped-call]
    ids=["sqlite", "postgresql"],
)
class TestUtcDateTime:
    def test_a_naive_time_is_refused(self, dialect: object) -> None:
        with pytest.raises(TypeError, match="naive"):
            UtcDateTime().process_bind_param(datetime(2026, 1, 1), dialect)  # type: ignore[arg-type]  # noqa: DTZ001

    def test_what_is_stored_comes_back_as_the_same_moment_in_utc(self, dialect: object) -> None:
        given_moment = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
        stored = UtcDateTime().process_bind_param(given_moment, dialect)  # type: ignore[arg-type]
        back = UtcDateTime().process_result_value(stored, dialect)  # type: ignore[arg-type]
        assert back == given_moment
        assert back is not None
        assert back.utcoffset() == timedelta(0)

    def test_nothing_stays_nothing(self, dialect: object) -> None:
        for column in (UtcDateTime(), EncryptedText()):
            assert column.process_bind_param(None, dialect) is None  # type: ignore[arg-type]
            assert column.process_result_value(None, dialect) is None  # type: ignore[arg-type]


@pytest.fixture
def keys() -> tuple[str, str]:
    return Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_an_old_key_still_reads_and_rotation_moves_to_the_new_one(keys: tuple[str, str]) -> None:
    old, new = keys
    crypto.configure([old], "digest")
    token = crypto.encrypt("19900001234")
    assert b"1990" not in token
    crypto.configure([new, old], "digest")
    assert crypto.decrypt(token) == "19900001234"
    rotated = crypto.rotate(token)
    crypto.configure([new], "digest")
    assert crypto.decrypt(rotated) == "19900001234"
    with pytest.raises(InvalidToken):
        crypto.decrypt(token)


def test_one_value_is_never_encrypted_alike(keys: tuple[str, str]) -> None:
    crypto.configure([keys[0]], "digest")
    assert crypto.encrypt("王建国") != crypto.encrypt("王建国")


def test_a_digest_finds_a_value_again_and_links_no_columns(keys: tuple[str, str]) -> None:
    crypto.configure([keys[0]], "one key")
    found = crypto.lookup_digest("mobile", "19900001234")
    assert found == crypto.lookup_digest("mobile", "19900001234")
    assert len(found) == 64
    assert found != crypto.lookup_digest("household-id", "19900001234")
    assert found != crypto.lookup_digest("mobile", "19900001235")
    crypto.configure([keys[1]], "another key")
    assert found != crypto.lookup_digest("mobile", "19900001234")


def test_a_log_line_names_nobody() -> None:
    line = _redact(None, "info", {"event": "x", "mobile": "19900001234", "name": "王建国", "order": 7})
    assert line == {"event": "x", "mobile": "[redacted]", "name": "[redacted]", "order": 7}
