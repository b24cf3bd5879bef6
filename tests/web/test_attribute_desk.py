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
from marketplace.storefront import shared
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


def option(number: int, name: str, position: str, *, retired: bool = False) -> dict[str, str]:
    """The fields of an option as the page sends them."""
    at = f"option-{number}-"
    ticked = {f"{at}is_retired": "y"} if retired else {}
    return {f"{at}name": name, f"{at}position": position, **ticked}


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
        ({"name": "等\u202e级"}, "看不见的字符"),
        ({"options": "特级\n一\u200b级"}, "看不见的字符"),
        ({"options": "\u200b\n\ufeff"}, "选项"),
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
        **option(best, "一级", "2"),
        **option(good, "特级", "1"),
        **option(fair, "", "3"),
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
        {"name": "等级", "position": "1", **option(best, " ", "1"), **option(good, "一级啊", "2")},
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
        lambda: defining.retire_attribute(clerk, number),
        lambda: defining.restore_attribute(clerk, number),
    ):
        with pytest.raises(NotFound):
            act()


def test_the_list_is_read_in_one_statement(boss: Client, kiwi: dict[str, int]) -> None:
    for name in ("等级", "品种", "储存"):
        attribute(name)
    with statements() as sent:
        assert len(defined_attributes()) == 3
    assert len(sent) == 1


@pytest.mark.parametrize("position", ["abc", "-1", "1000", "1.5", "", "１"])
def test_a_place_that_is_no_number_is_told_at_its_field(
    boss: Client, kiwi: dict[str, int], position: str
) -> None:
    number = attribute()
    best, good = options_of(number).values()
    sent = {"name": "等级", "position": "1", **option(best, "顶级", position), **option(good, "一级", "2")}
    answer = post(boss, f"/admin/attributes/{number}", sent)
    assert answer.status_code == 422
    assert f'id="option-{best}-name-error"' in answer.text
    assert "顶级" in answer.text, "what was typed stays"
    assert list(options_of(number)) == ["特级", "一级"]


def test_an_option_is_renamed_to_nothing_that_hides_something(boss: Client, kiwi: dict[str, int]) -> None:
    number = attribute()
    best, good = options_of(number).values()
    sent = {"name": "等级", "position": "1", **option(best, "特\u2067级", "1"), **option(good, "一级", "2")}
    answer = post(boss, f"/admin/attributes/{number}", sent)
    assert (answer.status_code, "看不见的字符" in answer.text) == (422, True)
    assert list(options_of(number)) == ["特级", "一级"]


def offered(client: Client, kiwi: dict[str, int]) -> str:
    return client.get(f"/supplier/listings/{kiwi['listing']}").text.split('class="attributes"')[-1]


def filtered(client: Client) -> str:
    shared.forget()
    return client.get("/c/fruit").text


def told(client: Client, kiwi: dict[str, int]) -> str:
    shared.forget()
    return client.get(f"/p/{kiwi['listing']}").text


def test_a_retired_attribute_is_offered_no_more_and_stays_where_it_was_said(
    app: Flask, boss: Client, kiwi: dict[str, int]
) -> None:
    number, owner = attribute(), builders.owner_of(kiwi["supplier"])
    best, good = options_of(number).values()
    other = builders.saleable(units=3, supplier_id=kiwi["supplier"])
    coop = signed_in(app, owner)
    set_options(owner, kiwi["listing"], [best])
    assert f"a={best}" in filtered(boss)
    assert post(boss, f"/admin/attributes/{number}/retire").status_code == 303
    page = boss.get(f"/admin/attributes/{number}").text
    assert "已经填了的 1 件商品照旧写着" in page
    assert f"a={best}" not in filtered(boss)
    assert boss.get(f"/c/fruit?a={best}").text.count('class="pcard') == 2, "an old address shows all"
    assert "特级" in told(boss, kiwi)
    assert "特级（已停用）" in offered(coop, kiwi)  # it may stay or go
    assert "一级" not in offered(coop, kiwi)
    assert "等级" not in offered(coop, other)
    set_options(owner, kiwi["listing"], [best])
    for listing, option_id in ((other["listing"], best), (kiwi["listing"], good)):
        with pytest.raises(InvalidInput, match=r"attributes\.retired"):
            set_options(owner, listing, [option_id])
    assert post(boss, f"/admin/attributes/{number}/remove").status_code == 303
    assert list(options_of(number)) == ["特级", "一级"], "never taken away with values"
    answer = post(boss, "/admin/attributes", NEW)
    assert (answer.status_code, "恢复它就行" in answer.text) == (422, True)
    assert post(boss, f"/admin/attributes/{number}/restore").status_code == 303
    assert f"a={best}" in filtered(boss)
    set_options(owner, other["listing"], [good])
    done = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [each for each in done if each in ("attribute.retire", "attribute.restore")] == [
        "attribute.retire",
        "attribute.restore",
    ]


def test_one_option_is_retired_and_brought_back(app: Flask, boss: Client, kiwi: dict[str, int]) -> None:
    number, owner = attribute(), builders.owner_of(kiwi["supplier"])
    best, good = options_of(number).values()
    set_options(owner, kiwi["listing"], [best])
    builders.saleable(units=3, supplier_id=kiwi["supplier"])
    at, sent = f"/admin/attributes/{number}", {"name": "等级", "position": "1"}
    post(boss, at, {**sent, **option(best, "特级", "1", retired=True), **option(good, "一级", "2")})
    coop = signed_in(app, owner)
    assert "特级（已停用）" in offered(coop, kiwi)
    assert "一级" in offered(coop, kiwi)
    assert f"a={best}" not in filtered(boss)
    assert "特级" in told(boss, kiwi)
    set_options(owner, kiwi["listing"], [])
    with pytest.raises(InvalidInput, match=r"attributes\.retired"):
        set_options(owner, kiwi["listing"], [best])
    post(boss, at, {**sent, **option(best, "特级", "1"), **option(good, "一级", "2")})
    set_options(owner, kiwi["listing"], [best])
