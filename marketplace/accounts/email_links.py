"""The link that confirms a mail address: signed, bound to the person and the address, good for some days."""

from typing import Any

from itsdangerous import BadSignature

from marketplace.accounts import email_addresses
from marketplace.kernel import mail
from marketplace.kernel.errors import NotFound
from marketplace.kernel.signing import dated_signing

_PURPOSE = "accounts.email"
_MAX_LENGTH = 300


def link_token(user_id: int, address: str) -> str:
    return str(dated_signing(_PURPOSE).dumps([user_id, email_addresses.digest_of(address)]))


def read_token(token: str) -> tuple[int, str]:
    """(person, digest of the address). Raises NotFound for an altered, foreign or old one."""
    try:
        said = dated_signing(_PURPOSE).loads(token[:_MAX_LENGTH], max_age=email_addresses.LINK_DAYS * 86400)
    except BadSignature as error:
        raise NotFound("accounts.email_link") from error
    user_id, digest = said
    return int(user_id), str(digest)


def send_confirmation(payload: dict[str, Any]) -> None:
    """The outbox handler: writes to the address the person has now, unless it is confirmed already."""
    try:
        own = email_addresses.email_of(payload["user_id"])
    except NotFound:
        return
    if own.address is None or not own.is_waiting:
        return
    token = link_token(payload["user_id"], own.address)
    mail.send(
        mail.Letter(
            number=f"confirm-{payload['user_id']}-{email_addresses.digest_of(own.address)[:12]}",
            to=own.address,
            title="请确认您的邮箱",
            text="有人在本站把这个邮箱填作接收通知的邮箱。是您本人的话，请在 "
            f"{email_addresses.LINK_DAYS} 天内打开下面的链接，在页面上点“确认”。\n"
            "不是您本人，请不用理会，不会再有邮件寄来。",
            path=mail.path_to("accounts.email_confirm", token=token),
            link_label="确认这个邮箱",
            why="这封信由系统自动发出，请不要回复。",
        )
    )
