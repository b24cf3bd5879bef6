"""What is held of a member who objected to something in public notice: taken home, and forgotten on leaving."""

from sqlalchemy import select, update

from certification.applications.models import Application
from certification.notices.models import Objection
from certification.products.models import DeclaredProduct
from marketplace.kernel import clock
from marketplace.kernel.db import db


def objections_to_take(user_id: int) -> list[dict[str, str]]:
    """Newest first, with the name and number that were left and the reply."""
    rows = db.session.execute(
        select(Objection, DeclaredProduct.name)
        .join(Application, Application.id == Objection.application_id)
        .join(DeclaredProduct, DeclaredProduct.id == Application.product_id)
        .where(Objection.user_id == user_id)
        .order_by(Objection.id.desc())
    )
    return [
        {
            "编号": row.number,
            "时间": clock.written(row.lodged_at),
            "产品": product,
            "姓名": row.contact_name,
            "手机号": row.contact_mobile,
            "哪方面": row.subject,
            "意见": row.statement,
            "答复": row.reply,
        }
        for row, product in rows
    ]


def forget_member(user_id: int) -> None:
    """Of an account that closes, in its transaction. What is settled forgets who it was; what is open goes on like
    anybody's who objects without an account: the code that was given out reads the reply."""
    theirs = update(Objection).where(Objection.user_id == user_id)
    db.session.execute(
        theirs.where(Objection.decided_at.is_not(None)).values(
            contact_name="", contact_mobile="", mobile_digest=""
        )
    )
    db.session.execute(theirs.values(user_id=None))
