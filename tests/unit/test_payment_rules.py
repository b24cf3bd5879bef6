"""Signed notices: only the provider's own, unaltered and recent, are read; anything else is refused without a fall."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.payments.rules import (
    SIGNATURE_TOLERANCE,
    NoticeKind,
    read_event,
    read_notice,
    sign,
    signature_holds,
)

SECRET = "whsec_tests_only"
NOW = 1_800_000_000


@given(st.binary(max_size=200))
def test_what_was_signed_holds_and_no_other_body_does(raw: bytes) -> None:
    header = sign(SECRET, raw, NOW)
    assert signature_holds(SECRET, raw, header, NOW)
    assert not signature_holds(SECRET, raw + b" ", header, NOW)
    assert not signature_holds("whsec_other", raw, header, NOW)


@pytest.mark.parametrize(
    ("late", "holds"),
    [
        (0, True),
        (SIGNATURE_TOLERANCE, True),
        (-SIGNATURE_TOLERANCE, True),
        (SIGNATURE_TOLERANCE + 1, False),
        (-SIGNATURE_TOLERANCE - 1, False),
    ],
)
def test_an_old_signature_does_not_hold(late: int, holds: bool) -> None:
    assert signature_holds(SECRET, b"{}", sign(SECRET, b"{}", NOW), NOW + late) is holds


def test_a_changed_time_breaks_the_signature() -> None:
    header = sign(SECRET, b"{}", NOW).replace(f"t={NOW}", f"t={NOW + 1}")
    assert not signature_holds(SECRET, b"{}", header, NOW)


def test_one_good_signature_among_several_is_enough_while_a_secret_is_changed() -> None:
    good = sign(SECRET, b"{}", NOW).partition(",")[2]
    assert signature_holds(SECRET, b"{}", f"t={NOW},v1=00,{good}", NOW)


@given(st.text(max_size=120))
def test_no_header_makes_it_fall(header: str) -> None:
    assert signature_holds(SECRET, b"{}", header, NOW) is False


@given(st.binary(max_size=300))
def test_no_body_makes_it_fall(raw: bytes) -> None:
    event = read_event(raw)
    assert event is None or event.external_id


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(st.sampled_from(["checkout.session.completed", "charge.refunded"]), JSON)
def test_no_content_makes_it_fall(kind: str, content: object) -> None:
    raw = json.dumps({"id": "evt_1", "type": kind, "data": {"object": content}}).encode()
    event = read_event(raw)
    assert event is not None
    notice = read_notice(event.type, event.payload)
    assert notice is None or notice.session_external_id


def paid(**changes: object) -> dict[str, object]:
    session = {
        "id": "cs_1",
        "client_reference_id": "key",
        "amount_total": 2990,
        "currency": "CNY",
        "payment_status": "paid",
        "payment_intent": "pi_1",
    }
    return {"data": {"object": session | changes}}


def test_a_paid_session_is_read() -> None:
    notice = read_notice("checkout.session.completed", paid())
    assert notice is not None
    assert (notice.kind, notice.fen, notice.currency, notice.charge_id) == (
        NoticeKind.PAID,
        2990,
        "cny",
        "pi_1",
    )


def test_completed_without_money_is_not_paid() -> None:
    assert read_notice("checkout.session.completed", paid(payment_status="unpaid")) is None


@pytest.mark.parametrize("fen", [-1, 1.5, "2990", True, 10**18, None])
def test_an_amount_that_is_none_is_never_taken_for_one(fen: object) -> None:
    notice = read_notice("checkout.session.completed", paid(amount_total=fen))
    assert notice is not None
    assert notice.fen == -1
