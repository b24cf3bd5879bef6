"""Everything the shop holds of a member under one heading each (个人信息保护法 第四十五条). What is left out, and why,
is written down beside the test that compares this file with the tables (``tests/support/personal_data.py``)."""

from typing import Any

from catalog.questions.queries import answers_to_take, questions_to_take
from catalog.reviews.own_data import reports_to_take, reviews_to_take
from catalog.wishes.queries import titles_of_favourites, waits_to_take
from certification.notices.own_data import objections_to_take
from certification.reviews.templates import wordings_to_take
from marketplace.accounts.own_data import account_to_take
from marketplace.accounts.policies import Actor
from marketplace.helping.queries import cards_of_member
from marketplace.kernel import clock
from marketplace.kernel.media import files_to_take
from marketplace.messages.queries import choices_to_take, messages_to_take
from marketplace.parties.consents import consents_by_household
from marketplace.parties.household_queries import household_cards
from marketplace.regions.queries import full_names_of
from orders.my_orders import own_data as bought


def all_of(actor: Actor) -> dict[str, Any]:
    """What goes into the file, empty headings too: nothing there is an answer as well."""
    user_id = actor.user_id
    return {
        "说明": "西安扶贫超市保存的您的个人信息。金额是人民币元。密码、验证码和各种密钥不在里面。",
        "导出时间": clock.written(clock.now()),
        **account_to_take(user_id),
        "购物车": bought.cart_to_take(user_id),
        "订单": bought.orders_to_take(user_id),
        "转账凭证": bought.proofs_to_take(user_id),
        "退款": bought.refunds_to_take(user_id),
        "用过的券": bought.coupons_to_take(user_id),
        "评价": reviews_to_take(user_id),
        "举报": reports_to_take(user_id),
        "提问": questions_to_take(user_id),
        "回答": answers_to_take(user_id),
        "收藏": titles_of_favourites(user_id),
        "到货提醒": waits_to_take(user_id),
        "消息": messages_to_take(user_id),
        "消息设置": choices_to_take(user_id),
        "助农年度卡": [
            {"年份": each.year, "卡上写谁": each.shown_name, "生成时间": clock.written(each.made_at)}
            for each in cards_of_member(user_id)
        ],
        "公示异议": objections_to_take(user_id),
        "意见模板": wordings_to_take(user_id),
        "上传的文件": files_to_take(user_id),
        "我家的登记": _households(actor),
    }


def _households(actor: Actor) -> list[dict[str, Any]]:
    """Masked as on 我家的: who acts for a household need not be its head."""
    mine = actor.household_ids
    if not mine:
        return []
    cards, said = household_cards(mine), consents_by_household(mine)
    places = full_names_of({card.village_code for card in cards.values()})
    return [
        {
            "户号": card.code,
            "村": places.get(card.village_code, ""),
            "户主": card.head,
            "人口": card.people,
            "身份": card.status.label,
            "身份证号": card.id_number,
            "手机": card.mobile,
            "银行卡": card.bank,
            "同意": [row.purpose.label for row in said[household_id] if row.withdrawn_at is None],
        }
        for household_id, card in sorted(cards.items())
    ]
