"""Divisions in a database: loading, reading, scope criterion, and the address cascade over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, event, func, literal, null, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.error_texts import ERROR_TEXTS
from marketplace.kernel import web
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import ERROR_TEXTS as ERROR_TEXTS_KEY
from marketplace.kernel.transaction import transaction
from marketplace.regions import picker, queries, rules
from marketplace.regions.commands import load_regions
from marketplace.regions.models import Region
from marketplace.regions.routes import routes
from marketplace.regions.rules import NATION_CODE, RegionLevel
from tests.support.divisions import ANY_CODE, codes, divisions

XIAN, ZHOUZHI, MAZHAO, QUNXING = "610100000000", "610124000000", "610124103000", "610124103219"
DONGGUAN, CHANGAN_TOWN = "441900000000", "441900119000"
JSON = {"Accept": "application/json"}


@contextmanager
def database(path: Path) -> Iterator[Flask]:
    """An application with nothing but this room, on a database of its own."""
    shop = Flask("marketplace.regions")
    shop.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{path}"
    shop.extensions[ERROR_TEXTS_KEY] = ERROR_TEXTS
    db.init_app(shop)
    web.register(shop, "marketplace.regions", routes)
    web.install(shop, https=False)
    with shop.app_context():
        Region.metadata.create_all(db.engine, tables=[cast("Table", Region.__table__)])
        yield shop
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    with database(tmp_path_factory.mktemp("regions") / "loaded.sqlite") as shop:
        load_regions()
        yield shop


@pytest.fixture
def client(loaded: Flask) -> FlaskClient:
    return loaded.test_client()


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_loading_twice_changes_nothing_and_repairs_what_was_altered(tmp_path: Path) -> None:
    with database(tmp_path / "fresh.sqlite"):
        started = perf_counter()
        assert load_regions() == len(codes())
        assert perf_counter() - started < 10, "loading must stay a matter of seconds, even on a busy machine"
        assert load_regions() == 0
        assert queries.get_region(MAZHAO).name == "马召镇"
        with transaction() as session:
            session.execute(text("UPDATE regions SET name = '别名' WHERE code = :code"), {"code": MAZHAO})
        assert load_regions() == 1
        assert queries.get_region(MAZHAO).name == "马召镇"


@pytest.mark.parametrize(
    "wrong",
    [
        {"prefix": "6102"},
        {"parent_code": None},
        {"parent_code": "999999000000"},
        {"code": "61012499900", "prefix": "610124999"},
    ],
)
def test_the_database_refuses_a_region_that_would_break_scopes(loaded: Flask, wrong: dict[str, str]) -> None:
    right = {"code": "610124999000", "name": "某镇", "level": RegionLevel.TOWN, "parent_code": ZHOUZHI}
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(Region(**{**right, "prefix": "610124999", **wrong}))


def test_rows_are_found_or_refused(loaded: Flask) -> None:
    row = queries.get_region(MAZHAO)
    assert (row.name, row.level, row.parent_code, row.prefix) == (
        "马召镇",
        RegionLevel.TOWN,
        ZHOUZHI,
        "610124103",
    )
    assert queries.nation().name == "全国"
    for nothing in ("610124103999", "6101", "", "x" * 12, "61012410300\x00", "６" * 12):
        assert queries.find_region(nothing) is None
        assert queries.children_of(nothing) == []
        for refuse in (queries.get_region, queries.path_of, queries.full_name, queries.descendants_of):
            with pytest.raises(NotFound):
                refuse(nothing)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (QUNXING, "陕西省西安市周至县马召镇群兴村"),
        (MAZHAO, "陕西省西安市周至县马召镇"),
        (XIAN, "陕西省西安市"),
        ("110101001000", "北京市东城区东华门街道"),
        (CHANGAN_TOWN, "广东省东莞市长安镇"),
        ("419001000000", "河南省济源市"),
        (NATION_CODE, "全国"),
    ],
)
def test_full_name(loaded: Flask, code: str, name: str) -> None:
    assert queries.full_name(code) == name
    assert queries.full_names_of([code, "610124103999", "junk"]) == {code: name}


def test_a_path_leaves_out_the_nation_and_levels_that_do_not_exist(loaded: Flask) -> None:
    assert [row.code for row in queries.path_of(QUNXING)] == ["610000000000", XIAN, ZHOUZHI, MAZHAO, QUNXING]
    assert [row.level for row in queries.path_of(CHANGAN_TOWN)] == ["province", "city", "town"]
    assert queries.path_of(NATION_CODE) == []


def test_children_and_descendants(loaded: Flask) -> None:
    assert len(queries.children_of(NATION_CODE)) == 31
    counties = queries.children_of(XIAN)
    assert len(counties) == 13
    assert counties == sorted(counties, key=lambda row: row.code)
    assert {row.level for row in queries.children_of(DONGGUAN)} == {RegionLevel.TOWN}
    assert queries.children_of(QUNXING) == []
    assert len(queries.descendants_of(XIAN, RegionLevel.VILLAGE)) == 3223
    assert len(queries.descendants_of(XIAN)) == 13 + 172 + 3223


def test_a_list_of_names_costs_one_query_and_then_none(loaded: Flask) -> None:
    queries.forget_cached()
    codes = [row.code for row in queries.children_of(ZHOUZHI)]
    with statements() as seen:
        names = queries.names_of([*codes, "junk"])
        full = queries.full_names_of(codes)
        queries.path_of(codes[0])
    assert len(seen) == 2  # the towns themselves, then what they lie in
    assert names["610124111000"] == "翠峰镇"
    assert full["610124111000"] == "陕西省西安市周至县翠峰镇"
    with statements() as seen:
        assert queries.names_of(codes) == names
        assert queries.full_names_of(codes) == full
    assert seen == []


def test_what_one_database_says_is_not_kept_for_another(loaded: Flask, tmp_path: Path) -> None:
    assert queries.find_region(XIAN)
    with database(tmp_path / "other.sqlite"):
        assert queries.find_region(XIAN) is None
        with suppress(ZeroDivisionError), transaction() as session:
            session.add(Region(code=NATION_CODE, name="全国", level=RegionLevel.NATION, prefix=""))
            session.flush()
            assert queries.find_region(NATION_CODE)
            raise ZeroDivisionError
        assert queries.find_region(NATION_CODE) is None  # rolled back, so never kept
    assert queries.find_region(XIAN)


@given(code=ANY_CODE, data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_within_in_sql_equals_within_in_python(loaded: Flask, code: str, data: st.DataObject) -> None:
    near = st.sampled_from([NATION_CODE, *rules.possible_path(code)]).filter(lambda each: each in divisions())
    scope = queries.get_region(data.draw(st.one_of(near, ANY_CODE)))
    in_sql = db.session.scalar(select(queries.within(literal(code), scope)))
    assert bool(in_sql) is rules.is_within(code, scope.code, scope.level)


@pytest.mark.parametrize("code", [NATION_CODE, XIAN, "611000000000", ZHOUZHI, MAZHAO, QUNXING, DONGGUAN])
def test_within_selects_exactly_the_regions_python_says(loaded: Flask, code: str) -> None:
    scope = queries.get_region(code)
    selected = set(db.session.scalars(select(Region.code).where(queries.within(Region.code, scope))))
    assert selected == {each for each in codes() if rules.is_within(each, scope.code, scope.level)}


def test_no_code_lies_nowhere(loaded: Flask) -> None:
    for scope in (queries.nation(), queries.get_region(XIAN)):
        criterion = queries.within(Region.parent_code, scope)
        nationless = select(func.count()).where(criterion, Region.code == NATION_CODE)
        assert db.session.scalar(nationless) == 0
        assert not db.session.scalar(select(queries.within(null(), scope)))


def test_scope_and_children_are_served_by_an_index(loaded: Flask) -> None:
    scope = queries.get_region(ZHOUZHI)
    plans = {
        "scope": select(Region.name).where(queries.within(Region.code, scope)),
        "children": select(Region.name).where(Region.parent_code == XIAN).order_by(Region.code),
    }
    for statement in plans.values():
        compiled = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = " ".join(row.detail for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {compiled}")))
        assert plan.startswith("SEARCH regions USING INDEX")
        assert "TEMP B-TREE" not in plan


def test_cascade_gives_children_to_any_cache_for_a_day(client: FlaskClient) -> None:
    response = client.get("/regions/children", query_string={"parent": ZHOUZHI})
    assert response.status_code == 200
    assert {"code": MAZHAO, "name": "马召镇"} in response.get_json()
    assert response.cache_control.public
    assert response.cache_control.max_age == 86_400
    assert "Set-Cookie" not in response.headers
    again = client.get(
        "/regions/children",
        query_string={"parent": ZHOUZHI},
        headers={"If-None-Match": response.headers["ETag"]},
    )
    assert again.status_code == 304
    assert client.get("/regions/children").get_json()[0] == {"code": "110000000000", "name": "北京市"}
    assert client.get("/regions/children", query_string={"parent": QUNXING}).get_json() == []


def test_cascade_refuses_a_nul_like_every_page(client: FlaskClient) -> None:
    assert client.get("/regions/children?parent=%00", headers=JSON).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "parent=",
        "parent=61",
        "parent=999999999999",
        "parent=%FF%FE",
        "parent=" + "9" * 2000,
        "parent='--",
    ],
)
def test_cascade_answers_404_to_what_is_no_region(client: FlaskClient, query: str) -> None:
    response = client.get(f"/regions/children?{query}", headers=JSON)
    assert response.status_code == 404
    assert not response.cache_control.public


def test_a_national_picker_shows_what_was_chosen(app: Flask) -> None:
    """A saved address or a purchase order being edited keeps its place."""
    assert picker.path_below(NATION_CODE, "610113001000") == [
        "610000000000",
        "610100000000",
        "610113000000",
        "610113001000",
    ]
