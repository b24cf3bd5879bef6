"""What is held of an account itself, for the file a person takes home (个人信息保护法 第四十五条). Keys and digests are
not in it: what a key opens is, and a digest tells nothing."""

from typing import Any

from sqlalchemy import select

from marketplace.accounts.addresses import addresses_of
from marketplace.accounts.models import ApiToken, KnownDevice, RoleAssignment, User
from marketplace.accounts.second_factor import own_factor
from marketplace.accounts.sessions import live_sessions
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.regions.queries import full_names_of


def account_to_take(user_id: int) -> dict[str, Any]:
    """By heading. Eight statements, however much there is."""
    user = db.session.get_one(User, user_id)
    return {
        "账户": {
            "账号": user.username or "",
            "手机号": user.mobile or "",
            "称呼": user.display_name,
            "邮箱": user.email or "",
            "注册时间": clock.written(user.created_at),
        },
        "收货地址": _addresses(user_id),
        "登录设备": [
            {"设备": each.device, "网络": each.network, "登录时间": clock.written(each.started_at)}
            for each in live_sessions(user_id)
        ],
        "记住的设备": [
            {"设备": words, "最近一次": clock.written(seen)}
            for words, seen in db.session.execute(
                select(KnownDevice.words, KnownDevice.seen_at)
                .where(KnownDevice.user_id == user_id)
                .order_by(KnownDevice.id.desc())
            )
        ],
        "两步验证": _factor(user_id),
        "程序登录": [
            {"发放时间": clock.written(issued), "到期时间": clock.written(until)}
            for issued, until in db.session.execute(
                select(ApiToken.issued_at, ApiToken.expires_at)
                .where(ApiToken.user_id == user_id)
                .order_by(ApiToken.id.desc())
            )
        ],
        "角色": _roles(user_id),
    }


def _addresses(user_id: int) -> list[dict[str, str]]:
    saved = addresses_of(user_id)
    places = full_names_of({address.street_code for address in saved})
    return [
        {
            "收货人": address.recipient,
            "手机号": address.mobile,
            "地址": f"{places.get(address.street_code, '')} {address.detail}",
        }
        for address in saved
    ]


def _factor(user_id: int) -> dict[str, Any]:
    factor = own_factor(user_id)
    if factor is None or factor.confirmed_at is None:
        return {}
    return {"开启时间": clock.written(factor.confirmed_at), "没用过的恢复码": factor.codes_left}


def _roles(user_id: int) -> list[dict[str, str]]:
    rows = db.session.scalars(
        select(RoleAssignment).where(RoleAssignment.user_id == user_id).order_by(RoleAssignment.id)
    )
    return [
        {
            "角色": row.role.label,
            "从": clock.written(row.granted_at),
            "到": clock.written(row.revoked_at) if row.revoked_at else "",
        }
        for row in rows
    ]
