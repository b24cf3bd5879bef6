"""No column about a person without a word on what its person can take home, and what is forgotten of it."""

from tests.support.personal_data import FORGOTTEN, LEFT_OUT, STAYS, TAKEN, personal_columns


def test_every_column_about_a_person_is_taken_home_or_left_out_for_a_reason() -> None:
    found, listed = set(personal_columns()), {*TAKEN, *LEFT_OUT}
    assert found - listed == set(), "neither in the file of a member's own data nor left out with a reason"
    assert listed - found == set(), "no such column"
    assert not set(TAKEN) & set(LEFT_OUT)


def test_every_table_of_a_persons_own_is_forgotten_or_stays_for_a_reason() -> None:
    own = {column.partition(".")[0] for column in TAKEN}
    assert own - FORGOTTEN - set(STAYS) == set(), "what happens to it when the account is closed?"
    assert FORGOTTEN | set(STAYS) == own
    assert not FORGOTTEN & set(STAYS)
