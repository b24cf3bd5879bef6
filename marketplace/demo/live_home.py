"""What the demo's platform puts forward on the home page and what it took off sale: slots of today and one to come, hot
words, a listing withheld and one shown again."""

from datetime import timedelta

from sqlalchemy import select

from catalog.products.models import Listing
from catalog.products.moderation import show_again, withhold
from catalog.products.workflow import ListingState
from catalog.promotions.commands import save_slot, save_word
from catalog.promotions.rules import SlotFacts, SlotKind, WordFacts
from marketplace.accounts.policies import Actor
from marketplace.demo.acting import actor_of, picture_of
from marketplace.kernel import clock
from marketplace.kernel.db import db

#: kind, title, text, what the picture shows, picture, target, first day and last day from today
SLOTS = (
    (
        SlotKind.BANNER,
        "（示例）秦岭猕猴桃开园",
        "树上熟的当天发，软了就能吃",
        "果园里挂满枝头的猕猴桃",
        "orchard",
        "/c/fruit",
        0,
        20,
    ),
    (
        SlotKind.FEATURE,
        "（示例）暖冬粮油",
        "石磨面、小米、杂豆",
        "一碗金黄的小米",
        "millet",
        "/c/grain",
        0,
        30,
    ),
    (
        SlotKind.FEATURE,
        "（示例）在哪些村",
        "看东西从谁家来",
        "蓝田的一个村子",
        "village-lantian",
        "/villages",
        0,
        60,
    ),
    (
        SlotKind.BANNER,
        "（示例）年货节",
        "腊肉、柿饼、礼盒，年前送到",
        "一只装满土特产的礼盒",
        "gift",
        "/c/gift",
        30,
        60,
    ),
)
WORDS = (("猕猴桃", 0), ("石榴", 0), ("蜂蜜", 0), ("小米", 0), ("年货礼盒", 30))


#: a listing sold little of, so that no walk through the demo misses it
HELD = "（示例）标签上的净含量和实物不一致，请改成实际重量，重新拍一张标签的照片。"
CHECKED = "（示例）有人说图片和实物不符，核对过，没有问题。"


def load_home() -> None:
    admin, today = actor_of("admin"), clock.today()
    _moderate(admin)
    for place, (kind, title, text, alt, picture, target, first, last) in enumerate(SLOTS, 1):
        days = (today + timedelta(days=first), today + timedelta(days=last))
        save_slot(admin, None, SlotFacts(kind, title, text, alt, target, place, *days), picture_of(picture))
    for place, (word, first) in enumerate(WORDS, 1):
        days = (today + timedelta(days=first), today + timedelta(days=first + 60))
        save_word(admin, None, WordFacts(word, place, *days))


def _moderate(admin: Actor) -> None:
    """The cooperative's two listings that sold least: one stays withheld, one is on sale again."""
    least = db.session.scalars(
        select(Listing.id)
        .where(Listing.supplier_id.in_(actor_of("coop").supplier_ids), Listing.state == ListingState.ON_SALE)
        .order_by(Listing.sold_units, Listing.id)
        .limit(2)
    ).all()
    held, checked = least
    withhold(admin, held, HELD)
    withhold(admin, checked, CHECKED)
    show_again(admin, checked, CHECKED)
