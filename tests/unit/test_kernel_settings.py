"""A production start that would be unsafe is refused, and the environment's three names are honoured."""

import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from marketplace.app import create_app
from marketplace.kernel.settings import Settings, UnsafeSettings

SAFE: dict[str, Any] = {
    "environment": "production",
    "public_url": "https://shop.example",
    "secret_key": "s" * 32,
    "encryption_keys": [Fernet.generate_key().decode()],
    "lookup_key": "l" * 32,
    "payment_provider": "none",
    "webhook_secret": "whsec_x",
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "INSTANCE", "SHOP_ENVIRONMENT", "SHOP_PUBLIC_URL", "SHOP_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)


def settings(folder: Path, **changes: Any) -> Settings:
    return Settings(instance=folder, **{**SAFE, **changes})


def test_a_safe_production_start_is_allowed(tmp_path: Path) -> None:
    safe = settings(tmp_path)
    assert safe.https
    assert not safe.is_demo


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"secret_key": None}, "SHOP_SECRET_KEY"),
        ({"secret_key": "short"}, "SHOP_SECRET_KEY"),
        ({"encryption_keys": []}, "SHOP_ENCRYPTION_KEYS"),
        ({"encryption_keys": ["no key"]}, "SHOP_ENCRYPTION_KEYS"),
        ({"encryption_keys": [*SAFE["encryption_keys"], "值"]}, "SHOP_ENCRYPTION_KEYS"),
        ({"lookup_key": None}, "SHOP_LOOKUP_KEY"),
        ({"lookup_key": "short"}, "SHOP_LOOKUP_KEY"),
        ({"public_url": "http://shop.example"}, "SHOP_PUBLIC_URL"),
        ({"payment_provider": "sandbox"}, "SHOP_PAYMENT_PROVIDER"),
        ({"webhook_secret": None}, "SHOP_WEBHOOK_SECRET"),
        ({"payment_provider": "stripe", "stripe_key": "sk_test_1"}, "SHOP_STRIPE_KEY"),
    ],
)
def test_an_unsafe_production_start_is_refused_and_says_why(
    tmp_path: Path, change: dict[str, Any], named: str
) -> None:
    with pytest.raises(UnsafeSettings, match=named):
        settings(tmp_path, **change)
    assert settings(tmp_path, **{**change, "environment": "demo"}).is_demo


@pytest.mark.parametrize("missing", ["stripe_key", "webhook_secret"])
def test_stripe_needs_its_keys_everywhere(tmp_path: Path, missing: str) -> None:
    stripe = {"payment_provider": "stripe", "stripe_key": "sk_live_1", "environment": "demo"}
    assert settings(tmp_path, **stripe).is_demo
    with pytest.raises(UnsafeSettings, match="SHOP_STRIPE_KEY"):
        settings(tmp_path, **{**stripe, missing: None})


def test_everything_missing_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        Settings(environment="production", instance=tmp_path)
    assert str(refused.value).count("SHOP_") >= 5


def test_the_secrets_are_not_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(UnsafeSettings) as refused:
        settings(tmp_path, secret_key="hush-hush")
    assert "hush-hush" not in str(refused.value)


def test_the_environment_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTANCE", str(tmp_path / "here"))
    monkeypatch.setenv("SHOP_PUBLIC_URL", "https://elsewhere.example")
    chosen = Settings()
    assert chosen.instance == tmp_path / "here"
    assert chosen.database_url == f"sqlite:///{tmp_path / 'here' / 'shop.sqlite'}"
    assert chosen.public_url == "https://elsewhere.example"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_database_address_gets_the_driver_we_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://u:p@127.0.0.1/shop?x=1")
    assert Settings(instance=tmp_path).database_url == "postgresql+psycopg://u:p@127.0.0.1/shop?x=1"


def test_demo_secrets_are_made_once_and_kept_from_others(tmp_path: Path) -> None:
    first, second = Settings(instance=tmp_path).keys, Settings(instance=tmp_path).keys
    assert (first.secret, first.encryption, first.lookup, first.webhook) == (
        second.secret,
        second.encryption,
        second.lookup,
        second.webhook,
    )
    kept = list((tmp_path / "keys").iterdir())
    assert len(kept) == 4
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
    assert first.secret not in repr(first)


def test_production_cookies_are_of_this_host_only(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path))
    assert app.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["SESSION_COOKIE_HTTPONLY"]
    assert not any(rule.startswith("/sandbox") for rule in map(str, app.url_map.iter_rules()))
