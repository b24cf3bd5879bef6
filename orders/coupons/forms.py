"""The form of a new coupon, for the desks that make one."""

from wtforms import DateField, RadioField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.kernel.forms import (
    CleanStringField,
    Form,
    NameField,
    WholeNumberField,
    YuanField,
    choices_of,
)
from orders.coupons.rules import MAX_COUNT, CouponBearer, NewCoupon, clean_code

SHARED_BEARERS = [(CouponBearer.PLATFORM.value, "平台出"), (CouponBearer.GOVERNMENT.value, "政府消费券")]


class CouponForm(Form):
    """A supplier's own coupon."""

    name = NameField("券名", [InputRequired("请给券起个名字"), Length(max=30, message="券名请写 30 字以内")])
    min_spend_fen = YuanField("满", [InputRequired("请填门槛")])
    off_fen = YuanField("减", [InputRequired("请填减多少")])
    total_count = WholeNumberField("总张数", [InputRequired("请填总张数")], minimum=1, maximum=MAX_COUNT)
    per_person = WholeNumberField("每人限用", [InputRequired("请填每人限用几次")], minimum=1, maximum=999)
    budget_fen = YuanField("总预算", [InputRequired("请填总预算")])
    starts_on = DateField("从哪天起", [InputRequired("请选开始那天")])
    ends_on = DateField("到哪天止", [InputRequired("请选结束那天")])
    code = CleanStringField("券码", [Optional(), Length(max=20)])

    def to_new(self, supplier_id: int | None, bearer: CouponBearer = CouponBearer.SUPPLIER) -> NewCoupon:
        """What a valid form says."""
        starts_on, ends_on = self.starts_on.data, self.ends_on.data
        if starts_on is None or ends_on is None:
            raise ValueError("an invalid form")
        return NewCoupon(
            name=self.name.data or "",
            bearer=bearer,
            supplier_id=supplier_id,
            min_spend_fen=self.min_spend_fen.data,
            off_fen=self.off_fen.data,
            total_count=self.total_count.data,
            per_person=self.per_person.data,
            budget_fen=self.budget_fen.data,
            starts_on=starts_on,
            ends_on=ends_on,
            code=clean_code(self.code.data or ""),
        )


class SharedCouponForm(CouponForm):
    """A coupon over all suppliers, paid for by somebody else than they."""

    bearer = RadioField(
        "谁出钱", [InputRequired("请选谁出钱")], choices=choices_of(SHARED_BEARERS), default="platform"
    )

    def to_shared(self) -> NewCoupon:
        return self.to_new(None, CouponBearer(self.bearer.data))
