"""What must not differ between SQLite and PostgreSQL, through the whole shop. Details: ``test_regions``."""

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.regions import queries, rules
from marketplace.regions.commands import load_regions, read_divisions
from marketplace.regions.models import Region
from marketplace.regions.rules import NATION_CODE, RegionLevel
from tests.support.clients import Client

XIAN, SHANGLUO, ZHOUZHI, MAZHAO, QUNXING = (
    "610100000000",
    "611000000000",
    "610124000000",
    "610124103000",
    "610124103219",
)


def test_within_selects_exactly_the_regions_python_says(app: Flask) -> None:
    codes = [row["code"] for row in read_divisions()]
    for code in (NATION_CODE, XIAN, SHANGLUO, ZHOUZHI, MAZHAO, QUNXING, "441900000000"):
        scope = queries.get_region(code)
        selected = set(db.session.scalars(select(Region.code).where(queries.within(Region.code, scope))))
        assert selected == {each for each in codes if rules.is_within(each, scope.code, scope.level)}, code


def test_scope_is_served_by_an_index(app: Flask) -> None:
    statement = select(Region.name).where(queries.within(Region.code, queries.get_region(ZHOUZHI)))
    compiled = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN"
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("ANALYZE regions"))
    plan = " ".join(str(row) for row in db.session.execute(text(f"{explain} {compiled}")))
    assert "USING INDEX" in plan or "pk_regions" in plan
    assert "SCAN regions" not in plan
    assert "Seq Scan" not in plan


def test_text_no_database_would_store_is_simply_unknown(app: Flask) -> None:
    for junk in ("61012410300\x00", "\ud800" * 12, "６" * 12):
        assert queries.find_region(junk) is None


def test_a_loaded_table_stays_as_it_is_and_an_altered_one_is_repaired(app: Flask) -> None:
    assert load_regions() == 0
    with transaction() as session:
        session.execute(text("UPDATE regions SET name = '别名' WHERE code = :code"), {"code": MAZHAO})
    assert load_regions() == 1
    assert queries.full_name(QUNXING) == "陕西省西安市周至县马召镇群兴村"


def test_the_database_refuses_a_prefix_that_does_not_begin_the_code(app: Flask) -> None:
    stray = Region(
        code="610124999000", name="某镇", level=RegionLevel.TOWN, parent_code=ZHOUZHI, prefix="610102"
    )
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(stray)


def test_anybody_may_ask_for_the_cascade(client: Client) -> None:
    response = client.get("/regions/children", query_string={"parent": ZHOUZHI})
    assert response.status_code == 200
    assert {"code": MAZHAO, "name": "马召镇"} in response.get_json()
    assert (response.cache_control.public, response.cache_control.max_age) == (True, 86_400)
    assert "Set-Cookie" not in response.headers
    missing = client.get(
        "/regions/children", query_string={"parent": "9" * 12}, headers={"Accept": "application/json"}
    )
    assert missing.status_code == 404
    assert missing.get_json()["detail"].startswith("没有这个地区")
