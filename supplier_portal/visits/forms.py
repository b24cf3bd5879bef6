"""Forms of a visit: what it is, a pattern of days, one day."""

from wtforms import BooleanField, DateField
from wtforms.validators import InputRequired, Length, Optional

from catalog.visits.rules import MAX_FREE_HOURS, MAX_PLACES, DayPlan, OfferFacts
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import CleanStringField, Form, PhoneField, WholeNumberField, YuanField


class OfferForm(Form):
    unit = CleanStringField("一个名额是", [InputRequired("请填，例如“人”"), Length(max=4)], default="人")
    address = CleanStringField("到店地址", [InputRequired("请写到店地址"), Length(max=80)])
    phone = PhoneField("联系电话", [InputRequired("请写联系电话")])
    hours = CleanStringField("接待时间", [InputRequired("请写接待时间"), Length(max=40)])
    begins_hour = WholeNumberField(
        "当天几点起算", [InputRequired("请填几点")], minimum=0, maximum=23, default=9
    )
    free_hours = WholeNumberField(
        "提前几小时可免费改退", [InputRequired("请填小时数")], minimum=0, maximum=MAX_FREE_HOURS, default=24
    )
    most_units = WholeNumberField(
        "一次最多订几个", [InputRequired("请填数量")], minimum=1, maximum=MAX_PLACES, default=10
    )

    def facts(self) -> OfferFacts:
        return OfferFacts(
            unit=str(self.unit.data),
            address=str(self.address.data),
            phone=str(self.phone.data),
            hours=str(self.hours.data),
            begins_hour=int(self.begins_hour.data),
            free_hours=int(self.free_hours.data),
            most_units=int(self.most_units.data),
        )


class DaysForm(Form):
    """A span of days; weekdays and weekends have each a price and places, or neither."""

    first_on = DateField("从哪天", [InputRequired("请填开始日期")])
    last_on = DateField("到哪天", [InputRequired("请填结束日期")])
    weekday_price_fen = YuanField("平日价格", [Optional()])
    weekday_places = WholeNumberField("平日名额", [Optional()], maximum=MAX_PLACES)
    weekend_price_fen = YuanField("周末价格", [Optional()])
    weekend_places = WholeNumberField("周末名额", [Optional()], maximum=MAX_PLACES)
    reopens = BooleanField("连同单独关过的日子一起开放")

    def plan(self, kind: str) -> DayPlan | None:
        """``weekday`` or ``weekend``; None where it was left empty. Raises InvalidInput at the half that is missing."""
        price, places = self[f"{kind}_price_fen"].data, self[f"{kind}_places"].data
        if price is None and places is None:
            return None
        if price is None or places is None:
            missing = "price_fen" if price is None else "places"
            raise InvalidInput("visits.half_plan", field=f"{kind}_{missing}")
        return DayPlan(price, places)


class DayForm(Form):
    price_fen = YuanField("价格", [InputRequired("请填价格")])
    places = WholeNumberField("名额", [InputRequired("请填名额")], maximum=MAX_PLACES)
