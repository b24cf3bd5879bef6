"""Reading by the API: lists that page to their end, certificates, regions, and reports that equal the pages."""

import csv
import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from certification.applications.models import Application
from certification.applications.workflow import ApplicationState
from certification.certificates.commands import suspend_certificate
from certification.certificates.models import Certificate
from certification.certificates.rules import StopCause
from certification.certificates.workflow import CertificateState
from certification.notices.models import PublicNotice
from marketplace.accounts.policies import Actor
from marketplace.accounts.queries import load_actor
from marketplace.app import create_app, limiter
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from marketplace.kernel.transaction import transaction
from marketplace.reporting.roll import rebuild
from tests.factories import builders, sales
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.databases import closing
from tests.support.logins import issue_token

BASE = "/api/v1"


def token_of(actor: Actor) -> dict[str, str]:
    return {"Authorization": f"Bearer {issue_token(actor.user_id).token}"}


def all_pages(client: Client, path: str, **headers: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while path:
        page = client.get(path, headers=headers).get_json()
        found += page["items"]
        path = (page["next"] or "").removeprefix("http://localhost")
        assert not path.startswith("http"), path
    return found


@pytest.mark.template("demo")
class TestProducts:
    def test_pages_lead_to_the_end_without_a_gap(self, client: Client) -> None:
        whole = all_pages(client, f"{BASE}/products?page_size=100")
        assert len(whole) > 20
        for sort in ("sold", "new", "price", "price_desc", "income"):
            paged = all_pages(client, f"{BASE}/products?page_size=7&sort={sort}")
            assert sorted(each["id"] for each in paged) == sorted(each["id"] for each in whole)
        prices = [each["price_fen"] for each in all_pages(client, f"{BASE}/products?sort=price&page_size=7")]
        assert prices == sorted(prices)

    def test_filters_narrow_and_add_up(self, client: Client) -> None:
        whole = all_pages(client, f"{BASE}/products?page_size=100")
        county = whole[0]["county"]
        by_code = all_pages(client, f"{BASE}/products?county={county['code']}")
        assert by_code == all_pages(client, f"{BASE}/products?county={county['name']}")
        assert {each["id"] for each in by_code} == {each["id"] for each in whole if each["county"] == county}
        assert all_pages(client, f"{BASE}/products?county=nowhere") == []
        assert all_pages(client, f"{BASE}/products?category=nothing") == []
        for category in client.get(f"{BASE}/categories").get_json()["items"]:
            below = all_pages(client, f"{BASE}/products?category={category['code']}")
            assert {each["id"] for each in below} >= {
                each["id"] for each in whole if each["category"] == category["code"]
            }

    def test_words_find_and_keep_the_other_filters(self, client: Client) -> None:
        found = all_pages(client, f"{BASE}/products?q=猕猴桃")
        assert found
        assert "猕猴桃" in found[0]["title"]
        county = found[0]["county"]["code"]
        narrowed = all_pages(client, f"{BASE}/products?q=猕猴桃&county={county}&sort=price")
        assert narrowed
        assert {each["county"]["code"] for each in narrowed} == {county}

    def test_what_a_product_says(self, client: Client) -> None:
        row = client.get(f"{BASE}/products").get_json()["items"][0]
        whole = client.get(f"{BASE}/products/{row['id']}").get_json()
        assert row.items() <= {name: whole[name] for name in row}.items() or row == {
            name: whole[name] for name in row
        }
        assert {
            "id",
            "title",
            "price_fen",
            "income_fen",
            "county",
            "supplier",
            "certificate",
            "skus",
        } <= row.keys()
        assert "available" not in row["skus"][0]
        number = row["certificate"]["number"]
        certificate = client.get(f"{BASE}/certificates/{number}").get_json()
        assert (certificate["number"], certificate["is_valid"]) == (number, True)
        assert certificate["verdict"].startswith("认定有效")
        [version] = certificate["versions"]
        assert (
            version.items()
            >= {
                "version": 1,
                "valid_from": certificate["valid_from"],
                "valid_until": certificate["valid_until"],
            }.items()
        )
        assert certificate["issuer"].startswith("西安市")
        assert certificate["promised_households"] > 0
        with statements() as sent:
            client.get(f"{BASE}/certificates/{number}")
        assert len(sent) <= 6, sent

    def test_a_stop_is_told_to_whoever_asks(self, client: Client) -> None:
        held = db.session.scalars(
            select(Certificate).where(Certificate.state == CertificateState.IN_FORCE)
        ).first()
        assert held is not None
        number = held.number
        city = builders.official_of(builders.CITY)
        suspend_certificate(city, held.id, "抽检不合格，停售", StopCause.FOOD_SAFETY)
        told = client.get(f"{BASE}/certificates/{number}").get_json()
        assert (told["is_valid"], told["state"]) == (False, "suspended")
        assert "抽检不合格" in told["verdict"]
        assert told["steps"][-1].items() >= {"action": "suspend", "reason": "抽检不合格，停售"}.items()

    def test_notices_and_catalogues_are_read_as_the_pages_show_them(self, client: Client) -> None:
        notices = all_pages(client, f"{BASE}/notices")
        assert notices
        assert all(each["households"] >= 5 or each["promised_income_fen"] is None for each in notices)
        assert client.get(f"{BASE}/notices/{notices[0]['id']}").get_json() == notices[0]
        assert all(each["objections_until"] in (each["ends_on"], None) for each in notices)
        assert all((each["objections_until"] is None) == each["is_paused"] for each in notices)
        ended = all_pages(client, f"{BASE}/notices?state=ended")
        assert {each["objections_until"] for each in ended} == {None}
        assert all_pages(client, f"{BASE}/notices?county=610404000000") == []
        [listed] = client.get(f"{BASE}/catalogues").get_json()["items"]
        whole = client.get(f"{BASE}/catalogues/{listed['id']}").get_json()
        assert len(whole["entries"]) == listed["products"]
        assert {each["state"] for each in whole["entries"]} == {"in_force"}
        with statements() as sent:
            client.get(f"{BASE}/notices")
        assert len(sent) <= 10, sent

    def test_what_was_withdrawn_is_on_no_list(self, client: Client) -> None:
        """What a list shows can be opened."""
        [notice] = client.get(f"{BASE}/notices").get_json()["items"][:1]
        with transaction() as session:
            shown = session.get_one(PublicNotice, notice["id"])
            session.get_one(Application, shown.application_id).state = ApplicationState.WITHDRAWN
        assert client.get(f"{BASE}/notices/{notice['id']}").status_code == 404
        for state in ("open", "ended"):
            listed = all_pages(client, f"{BASE}/notices?state={state}")
            assert notice["id"] not in {each["id"] for each in listed}

    def test_promises_of_few_households_are_not_told(self, client: Client) -> None:
        told = {True: 0, False: 0}
        certificates = db.session.scalars(select(Certificate)).all()
        asked = [(each.number, each.facts["households"] or 0) for each in certificates]
        for number, households in asked:
            answer = client.get(f"{BASE}/certificates/{number}").get_json()
            assert (answer["promised_income_fen"] is None) == (households < 5), number
            told[households < 5] += 1
        assert all(told.values()), told

    def test_a_list_costs_the_same_however_long(self, client: Client) -> None:
        counts = []
        for size in (1, 100):
            client.get(f"{BASE}/products?page_size={size}")
            with statements() as sent:
                client.get(f"{BASE}/products?page_size={size}")
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 4


def test_regions_lead_to_a_street(client: Client) -> None:
    code, items = "000000000000", []
    for _ in range(4):
        items = client.get(f"{BASE}/regions?parent={code}").get_json()["items"]
        code = next(each for each in items if builders.STREET.startswith(each["code"].rstrip("0")))["code"]
    assert next(each for each in items if each["code"] == builders.STREET)["is_street"]


def test_the_document_is_answered_once(client: Client) -> None:
    first = client.get(f"{BASE}/openapi.json")
    assert (
        client.get(f"{BASE}/openapi.json", headers={"If-None-Match": first.headers["ETag"]}).status_code
        == 304
    )


# reports


@pytest.fixture
def sold(app: Flask) -> dict[str, int]:
    world = builders.saleable(units=10, price_fen=3000, lot_total_fen=15_000)
    sales.paid_orders({world["sku"]: 2})
    rebuild()
    return world


def test_report_rows_equal_the_file_of_the_page(client: Client, sold: dict[str, int]) -> None:
    official = builders.official_of(builders.CITY)
    builders.sign_in(client, official)
    file = client.get("/reports/export.csv?period=2026").get_data().decode("utf-8-sig")
    line = next(row for row in csv.DictReader(io.StringIO(file)) if row["区划代码"] == builders.COUNTY)
    answer = client.get(f"{BASE}/reports/rows?period=2026", headers=token_of(official)).get_json()
    row = next(each for each in answer["items"] if each["code"] == builders.COUNTY)
    assert f"{row['sales_fen'] / 100:.2f}" == line["净销售（元）"].replace(",", "")
    assert (row["sales_fen"], row["income_fen"], row["households"]) == (6000, 3000, 1)
    assert (answer["total"]["sales_fen"], answer["adds_up"]) == (6000, True)


@pytest.mark.parametrize(
    "by", ["region", "outlet", "pairing", "unit", "supplier", "product", "category", "channel"]
)
def test_every_kind_of_row_is_answered(client: Client, sold: dict[str, int], by: str) -> None:
    headers = token_of(builders.finance())
    answer = client.get(f"{BASE}/reports/rows?by={by}&period=2026", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["adds_up"]
    if by in ("supplier", "product", "category"):
        assert sum(row["sales_fen"] for row in answer.get_json()["items"]) == 6000


def test_a_scope_holds_and_wrong_periods_are_said(client: Client, sold: dict[str, int]) -> None:
    headers = token_of(builders.official_of(builders.OTHER_COUNTY))
    path = f"{BASE}/reports/rows"
    assert client.get(path, headers=headers).get_json()["region"]["code"] == builders.OTHER_COUNTY
    assert client.get(f"{path}?region={builders.COUNTY}", headers=headers).status_code == 404
    assert client.get(f"{path}?region={builders.CITY}", headers=headers).status_code == 404
    for period in (
        "2026-13",
        "1999",
        "custom",
        "custom&from=2026-02-01&to=2026-01-01",
        "2026&from=2026-01-01",
    ):
        refused = client.get(f"{path}?period={period}", headers=headers)
        assert (refused.status_code, bool(refused.get_json()["errors"])) == (422, True), period
    assert (
        client.get(f"{path}?period=custom&from=2026-01-01&to=2026-02-01", headers=headers).status_code == 200
    )
    assert client.get(path, headers=token_of(builders.user())).status_code == 403


# limits


def test_too_many_logins_are_slowed_down(settings: Settings) -> None:
    with closing(create_app(settings.model_copy(update={"environment": "demo"}))) as limited:
        client = limited.test_client()
        answers = [client.post(f"{BASE}/tokens", json={}) for _ in range(21)]
    limiter.enabled = False
    assert [each.status_code for each in answers] == [422] * 20 + [429]
    assert answers[-1].content_type == "application/problem+json"
    assert answers[-1].get_json()["code"] == "web.429"
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_a_person_of_the_shop_is_the_same_by_token(client: Client, app: Flask) -> None:
    actor = builders.official_of(builders.COUNTY)
    loaded = load_actor(actor.user_id)
    assert loaded == actor
    assert client.get(f"{BASE}/reports/rows", headers=token_of(actor)).status_code == 200
