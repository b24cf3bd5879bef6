"""What listings say of themselves, written by whom it belongs to; and what was looked for, counted without anybody."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.attributes.queries import all_attributes, options_of
from catalog.attributes.rules import AttributeKind
from catalog.products.models import Listing
from catalog.search import engine, hot, queries
from catalog.search.models import SearchCount
from marketplace.kernel import clock
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput, NotFound
from marketplace.kernel.transaction import transaction
from supplier_portal.listings.commands import save_listing
from tests.factories import builders as build
from tests.factories.attributes import define

pytestmark = pytest.mark.usefixtures("app")
TEXTS = {"title": "周至翠香猕猴桃"}


def test_a_supplier_says_what_its_goods_are_and_nobody_elses() -> None:
    world = build.saleable()
    owner, listing = build.owner_of(world["supplier"]), world["listing"]
    first, second = define("等级", AttributeKind.CHOICE, "一级", "二级", category="fruit")
    green, organic = define("标志", AttributeKind.MARKS, "绿色食品", "有机产品")
    build.category("dry")
    (elsewhere,) = define("等级", AttributeKind.CHOICE, "特级", category="dry")
    save_listing(owner, listing, TEXTS, {first, green, organic})
    save_listing(owner, listing, TEXTS, {second, green})
    assert options_of(listing) == {second, green}
    for wrong, code in (({first, second}, "one_only"), ({elsewhere}, "unknown"), ({2**31}, "unknown")):
        with pytest.raises(InvalidInput, match=rf"attributes\.{code}"):
            save_listing(owner, listing, {"title": "别的标题"}, wrong)
    # the words were refused together with the values
    assert db.session.get_one(Listing, listing).title == TEXTS["title"]
    with pytest.raises(NotFound):
        save_listing(build.owner_of(build.supplier()), listing, TEXTS, set())
    assert options_of(listing) == {second, green}
    said = db.session.scalars(
        select(AuditEntry.detail).where(AuditEntry.action == "listing.attributes").order_by(AuditEntry.id)
    ).all()
    assert said == [
        {"attributes": ["等级：一级", "标志：绿色食品、有机产品"]},
        {"attributes": ["等级：二级", "标志：绿色食品"]},
    ]
    assert [each.name for each in all_attributes()] == ["等级", "标志", "等级"]


def test_what_many_look_for_is_hot_and_what_few_do_is_not(app: Flask, tmp_path: Path) -> None:
    file, today = tmp_path / "searched.tsv", clock.today()
    for words, times in (("猕猴桃", hot.LEAST), ("石榴", hot.LEAST - 1), ("周至 核桃", hot.LEAST + 1)):
        for _ in range(times):
            hot.note(file, words)
    file.write_bytes(file.read_bytes() + b"no day\t\xff\n2026-13-01\tx\n\n")
    hot.count(file)
    hot.count(file)  # nothing new: nothing is counted twice
    assert not list(tmp_path.iterdir())
    assert hot.hot_words() == ["周至 核桃", "猕猴桃"]
    hot.note(file, "石榴")
    with transaction() as session:
        session.add(SearchCount(day=today - timedelta(days=hot.KEPT_DAYS + 1), words="旧", times=9))
        session.add(SearchCount(day=today - timedelta(days=hot.DAYS), words="上周", times=9))
    hot.count(file)
    assert hot.hot_words() == ["周至 核桃", "猕猴桃", "石榴"]
    assert db.session.get(SearchCount, (today - timedelta(days=hot.KEPT_DAYS + 1), "旧")) is None
    hot.note(tmp_path / "no folder" / "x", "石榴")  # a search goes on without it


@pytest.mark.parametrize(
    ("question", "counted"),
    [
        ("mihoutao", "猕猴桃"),
        ("5斤装翠香", "翠香"),
        ("周至 翠香", "周至 翠香"),
        ("翠香 13800001234", ""),
        ("合作社", ""),
        ("拖拉机", ""),
    ],
)
def test_only_words_of_the_shop_are_counted(question: str, counted: str) -> None:
    """Never what was typed, and never a seller, who may be a person."""
    build.saleable()
    engine.rebuild()
    assert queries.ask(engine.current_backend(), question).countable == counted
