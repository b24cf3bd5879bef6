"""Booking a day of a visit: what it would cost, on which terms, and placing it."""

from marshmallow import fields

from catalog.visits.rules import MAX_PLACES
from marketplace.api.fields import Input, Moment, Part, Text, Whole, Word
from marketplace.api.schemas.buying import (
    PlacingProblem,
    Quote,
    VisitPlace,
    code_field,
    coupons_field,
    digest_field,
    key_field,
    total_field,
)
from orders.ordering.rules import PaymentMethod


class VisitQuoteAsk(Input):
    sku_id = Whole(
        required=True, metadata={"description": "哪一天：/products/{product_id}/dates 里的 sku_id"}
    )
    units = Whole(most=MAX_PLACES, required=True, metadata={"description": "几个名额"})
    coupons = coupons_field()
    coupon_code = code_field()


class VisitTerms(VisitPlace):
    begins_at = fields.AwareDateTime(format="iso", metadata={"description": "什么时候算开始；开始了就订不了"})
    most_units = fields.Integer(metadata={"description": "一次最多订几个"})


class VisitQuote(Quote):
    visit = Part(VisitTerms, metadata={"description": "付款前要给买家看过的约定"})


class NewVisit(VisitQuoteAsk):
    idempotency_key = key_field()
    recipient = Text(least=1, most=20, clean=True, required=True, metadata={"description": "谁去"})
    mobile = Text(
        least=11,
        most=20,
        required=True,
        metadata={"description": "商家有事会打这个电话", "example": "19900001234"},
    )
    method = Word(PaymentMethod, load_default=PaymentMethod.ONLINE.value)
    agreed_free_until = Moment(
        required=True,
        metadata={"description": "买家看过并同意的：报价里的 visit.free_until；和现在的约定对不上就是 409"},
    )
    expected_total_fen = total_field()
    digest = digest_field()


class VisitProblem(PlacingProblem):
    quote = Part(VisitQuote, metadata={"description": "现在的报价；key_reused 或这一天已经开始时没有"})
