"""One-time codes against the RFC's own numbers, and what browsers and networks are called."""

import base64
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec, module_from_spec
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from marketplace.accounts import one_time_codes as codes
from marketplace.accounts.devices import UNKNOWN, device_words, network_words

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert codes.code_of(RFC_SECRET, codes.step_at(moment)) == code


NOW = datetime(2026, 11, 27, 8, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(("off", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(off: int, fits: bool) -> None:
    step = codes.step_at(NOW) + off
    found = codes.matching_step(RFC_SECRET, codes.code_of(RFC_SECRET, step), NOW, 0)
    assert found == (step if fits else None)


def test_a_used_step_and_those_before_it_fit_no_more() -> None:
    step = codes.step_at(NOW)
    for used, fits in ((step - 1, True), (step, False), (step + 1, False)):
        found = codes.matching_step(RFC_SECRET, codes.code_of(RFC_SECRET, step), NOW, used)
        assert (found is not None) is fits
    later = NOW + timedelta(seconds=30)
    assert codes.matching_step(RFC_SECRET, codes.code_of(RFC_SECRET, step), later, step) is None


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "000000"])
def test_what_is_no_code_fits_nothing(typed: str) -> None:
    assert codes.matching_step(RFC_SECRET, typed, NOW, 0) is None


def test_secrets_and_recovery_codes_are_long_and_differ() -> None:
    assert len(base64.b32decode(codes.new_secret())) == 20
    assert codes.new_secret() != codes.new_secret()
    made = codes.new_recovery_codes()
    assert len(set(made)) == codes.RECOVERY_CODES == len(made)
    assert {len(codes.plain_code(code)) for code in made} == {10}
    assert not any(codes.is_one_time(codes.plain_code(code)) for code in made)
    assert codes.plain_code(" 7kq2m-xw9ab ") == "7KQ2MXW9AB"


def test_an_app_reads_shop_account_and_secret() -> None:
    parts = urlsplit(codes.setup_uri("ABCD", "西安 超市", "li:ping"))
    assert (parts.scheme, parts.netloc, unquote(parts.path)) == ("otpauth", "totp", "/西安 超市:li:ping")
    asked = parse_qs(parts.query)
    assert (asked["secret"], asked["issuer"], asked["digits"]) == (["ABCD"], ["西安 超市"], ["6"])
    assert codes.in_groups("ABCDEFGHIJ") == "ABCD EFGH IJ"


_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/120.0 Safari/537.36", "Windows 电脑上的 Chrome"),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/120.0 Safari/537.36 Edg/120.0",
            "Windows 电脑上的 Edge",
        ),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) {_WEBKIT} Mobile MicroMessenger/8.0",
            "iPhone 上的微信",
        ),
        (f"Mozilla/5.0 (Linux; Android 14) {_WEBKIT} Chrome/120 Mobile Safari/537.36", "安卓手机上的 Chrome"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X) Version/17.0 Safari/605.1.15", "苹果电脑上的 Safari"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Linux 电脑上的 Firefox"),
        ("<script>alert(1)</script>", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_a_browser_is_called_by_our_words_only(agent: str, words: str) -> None:
    assert device_words(agent) == words


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("203.0.113.77", "203.0.113.*"),
        ("::ffff:203.0.113.77", "203.0.113.*"),
        ("2001:0db8:0001:2222::1", "2001:db8:1:*"),
        ("-", ""),
        ("", ""),
    ],
)
def test_a_network_names_nobody_in_it(address: str, words: str) -> None:
    assert network_words(address) == words


def test_an_unknown_account_is_checked_at_the_cost_of_a_known_one() -> None:
    """The digest of nobody is written down: it must be raised together with the cost of all others. The module is read
    anew, for to all other tests passwords are cheap."""
    spec = find_spec("marketplace.accounts.passwords")
    assert spec is not None
    assert spec.loader is not None
    passwords = module_from_spec(spec)
    spec.loader.exec_module(passwords)
    assert passwords._HASHER.memory_cost >= 64 * 1024  # KiB
    assert not passwords._HASHER.check_needs_rehash(passwords._NOBODY)
    assert passwords._HASHER.verify(passwords._NOBODY, "nobody-has-this-password")
    assert not passwords.verify_password(None, "nobody-has-this-password")
