"""商品属性 as the admin keeps them: added, renamed, put in order; what listings chose is never taken away."""

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.attributes import defining
from catalog.attributes.commands import set_options
from catalog.attributes.models import AttributeOption, CategoryAttribute
from catalog.attributes.queries import attributes_of_listing, defined_attributes
from catalog.attributes.rules import AttributeKind, OptionDraft
from marketplace.kernel.audit import AuditEntry
from marketplace.kernel.db import db
from marketplace.kernel.errors import InvalidInput, NotFound
from tests.factories import builders
from tests.support.clients import Client
from tests.support.counting import statements
from tests.support.signing import post, signed_in

NEW = {"category": "fruit", "name": "等级", "kind": "choice", "options": "特级\r\n 一级 \r\n\r\n二级"}


@pytest.fixture
def kiwi(app: Flask) -> dict[str, int]:
    return builders.saleable(units=3)


@pytest.fixture
def boss(app: Flask) -> Client:
    return signed_in(app, builders.admin())


def attribute(name: str = "等级", options: tuple[str, ...] = ("特级", "一级")) -> int:
    return defining.add_attribute(builders.admin(), "fruit", name, AttributeKind.CHOICE, options)


def options_of(attribute_id: int) -> dict[str, int]:
    rows = select(AttributeOption.name, AttributeOption.id).where(
        AttributeOption.attribute_id == attribute_id
    )
    return {name: number for name, number in db.session.execute(rows.order_by(AttributeOption.position))}  # noqa: C416


def test_an_attribute_is_added_and_offered_to_suppliers(boss: Client, kiwi: dict[str, int]) -> None:
    assert post(boss, "/admin/attributes", NEW).status_code == 303
    (found,) = attributes_of_listing(kiwi["listing"])
    assert (found.name, list(found.options.values())) == ("等级", ["特级", "一级", "二级"])
    assert "等级" in boss.get("/admin/attributes").text
    assert "attribute.add" in db.session.scalars(select(AuditEntry.action)).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "请写属性名"),
        ({"name": "很" * 13}, "12 个字以内"),
        ({"options": " \n "}, "选项"),
        ({"options": "特级\n特级"}, "写了两次"),
        ({"options": "长" * 21}, "1 到 20 个字"),
        ({"options": "\n".join(map(str, range(41)))}, "1 到 40 个选项"),
        ({"category": "nothing"}, "哪一类商品"),
        ({"kind": "x"}, "怎么选"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    boss: Client, kiwi: dict[str, int], change: dict[str, str], said: str
) -> None:
    answer = post(boss, "/admin/attributes", {**NEW, **change})
    assert answer.status_code == 422
    assert said in answer.text
    assert db.session.scalars(select(CategoryAttribute)).all() == []


def test_two_of_a_category_have_not_one_name(kiwi: dict[str, int]) -> None:
    first = attribute()
    with pytest.raises(InvalidInput, match="taken"):
        attribute(" 等级 ")
    everywhere = defining.add_attribute(
        builders.admin("other"), None, "等级", AttributeKind.MARKS, ["绿色食品"]
    )
    assert everywhere != first
    with pytest.raises(InvalidInput, match="taken"):
        defining.add_attribute(builders.admin("third"), None, "等级", AttributeKind.MARKS, ["有机"])


def test_options_change_names_and_places_and_unused_ones_go(boss: Client, kiwi: dict[str, int]) -> None:
    number = attribute(options=("特级", "一级", "二级"))
    best, good, fair = options_of(number).values()
    set_options(builders.owner_of(kiwi["supplier"]), kiwi["listing"], [best])
    fields = {
        "name": "等次",
        "position": "0",
        f"option-{best}": "一级",
        f"option-{good}": "特级",
        f"option-{fair}": "",
        f"position-{best}": "2",
        f"position-{good}": "1",
        "options": "统货",
    }
    assert post(boss, f"/admin/attributes/{number}", fields).status_code == 303
    (row,) = defined_attributes()
    assert (row.name, row.position) == ("等次", 0)
    assert [(option.name, option.id == best, option.listings) for option in row.options] == [
        ("特级", False, 0),
        ("一级", True, 1),
        ("统货", False, 0),
    ]


def test_what_a_listing_chose_is_not_taken_away(boss: Client, kiwi: dict[str, int]) -> None:
    number = attribute()
    best, good = options_of(number).values()
    set_options(builders.owner_of(kiwi["supplier"]), kiwi["listing"], [best])
    answer = post(
        boss,
        f"/admin/attributes/{number}",
        {"name": "等级", "position": "1", f"option-{best}": " ", f"option-{good}": "一级啊"},
    )
    assert answer.status_code == 409
    assert "1 件商品在用" in answer.text
    assert "一级啊" in answer.text, "what was typed stays"
    assert list(options_of(number)) == ["特级", "一级"], "nothing is half done"
    assert post(boss, f"/admin/attributes/{number}/remove").status_code == 303
    assert list(options_of(number)) == ["特级", "一级"]
    set_options(builders.owner_of(kiwi["supplier"]), kiwi["listing"], [])
    assert post(boss, f"/admin/attributes/{number}/remove").status_code == 303
    assert defined_attributes() == []


def test_an_option_of_another_attribute_is_not_found(kiwi: dict[str, int]) -> None:
    first, second = attribute(), attribute("品种", ("翠香",))
    (foreign,) = options_of(second).values()
    with pytest.raises(NotFound):
        defining.change_attribute(builders.admin("b"), first, "等级", 1, [OptionDraft(foreign, "偷来的", 1)])


def test_nobody_but_an_admin(kiwi: dict[str, int]) -> None:
    number = attribute()
    clerk = builders.owner_of(kiwi["supplier"])
    for act in (
        lambda: defining.add_attribute(clerk, None, "甲", AttributeKind.CHOICE, ["乙"]),
        lambda: defining.change_attribute(clerk, number, "甲", 1, [OptionDraft(None, "乙", 1)]),
        lambda: defining.remove_attribute(clerk, number),
    ):
        with pytest.raises(NotFound):
            act()


def test_the_list_is_read_in_one_statement(boss: Client, kiwi: dict[str, int]) -> None:
    for name in ("等级", "品种", "储存"):
        attribute(name)
    with statements() as sent:
        assert len(defined_attributes()) == 3
    assert len(sent) == 1
