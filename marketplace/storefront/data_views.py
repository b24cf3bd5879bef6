"""我的资料: what the shop holds of a member, to take home; and leaving for good."""

import json
from typing import Any

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, PasswordField
from wtforms.validators import InputRequired, Length

from catalog.questions.queries import answers_to_take, questions_to_take
from catalog.reviews.queries import reviews_to_take
from catalog.wishes.queries import titles_of_favourites, waited_for_to_take
from marketplace.accounts.addresses import addresses_of
from marketplace.accounts.closing import close_account
from marketplace.accounts.email_addresses import email_of
from marketplace.accounts.queries import get_user
from marketplace.accounts.sessions import live_sessions
from marketplace.accounts.web import end_session, require_actor
from marketplace.helping.queries import cards_of_member
from marketplace.kernel import audit, clock
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.forms import Form, attach_error, error_text
from marketplace.kernel.transaction import transaction
from marketplace.messages.queries import messages_to_take
from marketplace.regions.queries import full_names_of
from orders.my_orders.own_data import open_orders, orders_to_take


class CloseForm(Form):
    password = PasswordField(
        "登录密码", [InputRequired("请填登录密码"), Length(max=128, message="密码太长了")]
    )
    sure = BooleanField("我知道注销以后找不回来", [InputRequired("请勾选，注销以后找不回来")])


def show() -> ResponseReturnValue:
    return _page(CloseForm(), 200)


def _page(form: CloseForm, status: int, against: str = "") -> ResponseReturnValue:
    actor = require_actor()
    return render_template(
        "storefront/data.html",
        form=form,
        against=against,
        open_orders=open_orders(actor.user_id),
        has_roles=bool(actor.grants),
    ), status


def take() -> Response:
    """POST: everything as one file; who took it when is on record."""
    actor = require_actor()
    text = json.dumps(_all_of(actor.user_id), ensure_ascii=False, indent=1)
    with transaction():
        audit.record(actor.user_id, "accounts.take_data", "user", actor.user_id)
    response = Response(text, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="xian-fupin-{clock.today()}.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _all_of(user_id: int) -> dict[str, Any]:
    user, saved = get_user(user_id), addresses_of(user_id)
    places = full_names_of({address.street_code for address in saved})
    return {
        "说明": "西安扶贫超市保存的您的个人信息。金额是人民币元。",
        "导出时间": clock.local_stamp(clock.now()),
        "账户": {
            "账号": user.username or "",
            "手机号": user.mobile or "",
            "称呼": user.display_name,
            "邮箱": email_of(user_id).address or "",
            "注册时间": clock.local_stamp(user.created_at),
        },
        "收货地址": [
            {
                "收货人": address.recipient,
                "手机号": address.mobile,
                "地址": f"{places.get(address.street_code, '')} {address.detail}",
            }
            for address in saved
        ],
        "订单": orders_to_take(user_id),
        "评价": reviews_to_take(user_id),
        "提问": questions_to_take(user_id),
        "回答": answers_to_take(user_id),
        "收藏": titles_of_favourites(user_id),
        "到货提醒": waited_for_to_take(user_id),
        "消息": messages_to_take(user_id),
        "登录设备": [
            {"设备": each.device, "网络": each.network, "登录时间": clock.local_stamp(each.started_at)}
            for each in live_sessions(user_id)
        ],
        "助农年度卡": [
            {"年份": each.year, "卡上写谁": each.shown_name, "生成时间": clock.local_stamp(each.made_at)}
            for each in cards_of_member(user_id)
        ],
    }


def close() -> ResponseReturnValue:
    """POST: the account is gone, and nobody is signed in any more."""
    form = CloseForm()
    if not form.validate():
        return _page(form, 422)
    try:
        close_account(require_actor().user_id, str(form.password.data))
    except Conflict as error:
        return _page(form, error.status, error_text(error))
    except DomainError as error:
        attach_error(form, error)
        return _page(form, error.status)
    end_session()
    flash("账户注销了。谢谢您帮过的每一户。", "success")
    return redirect(url_for("home.show"), 303)
