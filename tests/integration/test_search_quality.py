"""What people type, and what they should see first, on the demo data: with the index, and with the index deleted.

The same answers are asked for in both: losing the index may cost time, never goods.
"""

import shutil
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from catalog.products.models import Listing
from catalog.search import engine, queries
from catalog.search.queries import Match
from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from marketplace.kernel.settings import Settings
from tests.support.counting import statements

EXACT, CORRECTED, CLOSE, NONE = Match

#: what is typed, how well it is answered, what the title of the first hit has in it
FIRST_HIT: list[tuple[str, Match, str]] = [
    # words
    ("猕猴桃", EXACT, "猕猴桃"),
    ("周至翠香猕猴桃", EXACT, "周至翠香猕猴桃"),
    ("翠香", EXACT, "翠香"),
    ("周至 翠香", EXACT, "翠香"),
    ("周至猕猴桃", EXACT, "猕猴桃"),
    ("石榴", EXACT, "石榴"),
    ("户太八号", EXACT, "户太八号"),
    ("葡萄", EXACT, "葡萄"),
    ("核桃 蓝田", EXACT, "蓝田薄皮核桃"),
    ("蓝田核桃", EXACT, "蓝田薄皮核桃"),
    ("挂面", EXACT, "挂面"),
    ("空心面", EXACT, "空心挂面"),
    ("五谷", EXACT, "五谷"),
    ("临潼柿子", EXACT, "柿"),
    ("ＹＡＮＬＩＡＮＧ", EXACT, "阎良"),
    ("939", EXACT, "冬菇"),
    ("老面发酵", EXACT, "挂面"),
    ("  猕猴桃！！ ", EXACT, "猕猴桃"),
    ("5斤装猕猴桃", EXACT, "猕猴桃"),
    ("我想买猕猴桃", EXACT, "猕猴桃"),
    ("阎良甜瓜", EXACT, "甜瓜"),
    ("灞桥 葡萄", EXACT, "阳光玫瑰"),
    ("蓝田 花椒", EXACT, "花椒"),
    ("高陵挂面", EXACT, "挂面"),
    ("哪里有石榴", EXACT, "石榴"),
    ("正宗土蜂蜜", EXACT, "蜜"),
    ("10斤红薯", EXACT, "薯"),
    # kinds of goods, and other names for them
    ("洋芋", EXACT, "洋芋"),
    ("马铃薯", EXACT, "洋芋"),
    ("柴鸡蛋", EXACT, "鸡蛋"),
    ("冬菇", EXACT, "冬菇"),
    ("苞谷糁", EXACT, "玉米糁"),
    ("柿子饼", EXACT, "柿"),
    ("土蜂蜜", EXACT, "蜜"),
    ("礼盒", EXACT, "礼盒"),
    ("奇异果", EXACT, "猕猴桃"),
    ("西红柿", EXACT, "番茄"),
    ("车厘子", EXACT, "樱桃"),
    ("红薯", EXACT, "薯"),
    ("地瓜", EXACT, "薯"),
    ("莲花白", EXACT, "甘蓝"),
    ("桃子", EXACT, "桃"),
    # sellers
    ("王家果园", EXACT, "王家果园"),
    ("厚畛子合作社", EXACT, "蜜"),
    ("户太葡萄合作社", EXACT, "葡萄"),
    # pinyin
    ("mihoutao", EXACT, "猕猴桃"),
    ("MiHouTao", EXACT, "猕猴桃"),
    ("mihou", EXACT, "猕猴桃"),
    ("zhouzhimihoutao", EXACT, "猕猴桃"),
    ("zhouzhi mihoutao", EXACT, "猕猴桃"),
    ("shiliu", EXACT, "石榴"),
    ("hetao", EXACT, "核桃"),
    ("fengmi", EXACT, "蜜"),
    ("guamian", EXACT, "挂面"),
    ("yumizhen", EXACT, "玉米糁"),
    ("changandami", EXACT, "长安桂花球大米"),
    ("周至mihoutao", EXACT, "猕猴桃"),
    ("huajiao", EXACT, "花椒"),
    ("tujidan", EXACT, "鸡蛋"),
    ("yanliang tiangua", EXACT, "甜瓜"),
    # initials
    ("mht", EXACT, "猕猴桃"),
    ("zzmht", EXACT, "猕猴桃"),
    ("htbh", EXACT, "户太八号"),
    # a wrong, missing, extra or misplaced sign; a like sound
    ("弥猴桃", CORRECTED, "猕猴桃"),
    ("猕猴挑", CORRECTED, "猕猴桃"),
    ("猕桃", CORRECTED, "猕猴桃"),
    ("猕猴大桃", CORRECTED, "猕猴桃"),
    ("猴猕桃", CORRECTED, "猕猴桃"),
    ("周至弥猴桃", CORRECTED, "猕猴桃"),
    ("石馏", CORRECTED, "石榴"),
    ("实榴", CORRECTED, "石榴"),
    ("土峰蜜", CORRECTED, "蜜"),
    ("腊椒", CORRECTED, "辣"),
    ("和桃", CORRECTED, "核桃"),
    ("周志猕猴桃", CORRECTED, "猕猴桃"),
    # a wrong, missing or extra letter
    ("mihotao", CORRECTED, "猕猴桃"),
    ("mihuotao", CORRECTED, "猕猴桃"),
    ("mihoutaoo", CORRECTED, "猕猴桃"),
    ("siliu", CORRECTED, "石榴"),
    # one sign
    ("猕", EXACT, "猕"),
    ("柿", EXACT, "柿"),
    ("蜜", EXACT, "蜜"),
    # only part of it is there: said so, and shown
    ("猕猴桃脆片", CLOSE, "猕猴桃"),
    ("高陵猕猴桃", CLOSE, "猕猴桃"),
]
#: a place, its old or short name, its sound; and where everything found must come from
PLACES: dict[str, str] = {
    "鄠邑区": "610118",
    "鄠邑": "610118",
    "户县": "610118",
    "huyi": "610118",
    "周至": "610124",
    "周至县": "610124",
    "zhouzhi": "610124",
    "周至特产": "610124",
    "蓝田": "610122",
    "高陵县": "610117",
    "阎良": "610114",
    "马召镇": "610124103",
    "葛牌": "610122109",
    "楼观": "610124105",
}
NOTHING = [
    "榴莲千层",
    "拖拉机",
    "",
    "   ",
    "!!!",
    "AND",
    "title:*",
    "a",
    "a" * 5000,
    "(",
    '"',
    "~",
    "\x00",
    "🍎",
    "；；；",
]


@pytest.fixture(params=["with the index", "with the index deleted"])
def ask(request: pytest.FixtureRequest, app: Flask, settings: Settings) -> Callable[[str], queries.Answer]:
    if request.param == "with the index":
        engine.rebuild()
        engine.current_backend().check()
    else:
        shutil.rmtree(settings.search_folder, ignore_errors=True)
    return lambda question: queries.ask(engine.current_backend(), question)


@pytest.mark.template("demo")
def test_people_find_what_they_look_for(ask: Callable[[str], queries.Answer]) -> None:
    titles = {row[0]: row[1] for row in db.session.execute(select(Listing.id, Listing.title))}
    wrong = {}
    for question, match, title in FIRST_HIT:
        answer = ask(question)
        first = [titles[each] for each in answer.listing_ids[:1]]
        if answer.match is not match or not first or title not in first[0]:
            wrong[question] = (answer.match, first)
    assert wrong == {}


@pytest.mark.template("demo")
def test_a_place_finds_what_comes_from_there_and_all_of_it(ask: Callable[[str], queries.Answer]) -> None:
    rows = db.session.execute(
        select(Listing.id, DeclaredProduct.origin_code)
        .join(DeclaredProduct, DeclaredProduct.id == Listing.product_id)
        .where(Listing.state == "on_sale")
    )
    origins = {row[0]: row[1] for row in rows}
    wrong = {}
    for question, prefix in PLACES.items():
        expected = {each for each, origin in origins.items() if origin.startswith(prefix)}
        found = set(ask(question).listing_ids)
        # a seller named after the place may sell what grows elsewhere
        if not expected or not expected <= found:
            wrong[question] = (len(expected), len(found))
    assert wrong == {}


@pytest.mark.template("demo")
def test_noise_is_not_sold_as_a_hit(ask: Callable[[str], queries.Answer]) -> None:
    assert {question: answer for question in NOTHING if (answer := ask(question)).match is not NONE} == {}


@pytest.mark.template("demo")
def test_a_question_costs_few_statements(ask: Callable[[str], queries.Answer]) -> None:
    ask("猕猴桃")
    costs = {}
    for question in ("猕猴桃", "mihotao", "高陵猕猴桃", "榴莲千层"):
        with statements() as sent:
            ask(question)
        costs[question] = len(sent)
    assert max(costs.values()) <= 4, costs
