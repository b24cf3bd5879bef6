"""Cart, quotes, checkouts, orders and what they bring whom."""

from marshmallow import fields, validate

from marketplace.api.fields import ByKey, Flag, Input, Items, Output, Part, Text, Whole, Word
from marketplace.api.schemas.common import NamedRegion, NamedSupplier, Problem, next_field, page_field
from orders.cart.rules import MAX_LINES, MAX_UNITS
from orders.ordering.rules import PaymentMethod
from orders.payments.rules import SandboxChoice


class NewLine(Input):
    sku_id = Whole(required=True)
    units = Whole(most=MAX_UNITS, required=True)


class NewCartLine(NewLine):
    channel = Text(most=40, load_default="", metadata={"description": "从哪儿来：链接、二维码或网点的代码"})


class CartLineChange(Input):
    units = Whole(most=MAX_UNITS)
    is_chosen = Flag(metadata={"description": "这次结算要不要"})


class CartLine(Output):
    sku_id = fields.Integer()
    product_id = fields.Integer()
    title = fields.String()
    sku_name = fields.String()
    supplier = Part(NamedSupplier)
    units = fields.Integer()
    is_chosen = fields.Boolean()
    state = fields.String(
        metadata={"description": "ok、too_few、sold_out、over_limit、off_sale；不是 ok 就下不了单"}
    )
    price_fen = fields.Integer()
    total_fen = fields.Integer()
    income_fen = fields.Integer(metadata={"description": "这一行预计给农户多少"})
    ship_by = fields.Date(allow_none=True, metadata={"description": "预售的最晚哪天发货"})
    left_of_limit = fields.Integer(allow_none=True, metadata={"description": "限购的还能买几份，含这一行"})


class Cart(Output):
    token = fields.String(
        allow_none=True, metadata={"description": "游客的购物车凭证，下次放在 X-Cart-Token 里；会员为 null"}
    )
    lines = Items(Part(CartLine))
    goods_fen = fields.Integer(metadata={"description": "选中且买得了的合计，不含运费"})
    income_fen = fields.Integer()


_LINES = {
    "description": "要买的；不写就用购物车里选中的",
}


_COUPONS = {"description": "要用的券；一家至多一张自己的，全单至多一张通用的。不写就不用"}
_CODE = {"description": "凭码领用的券，写上券码才看得到、用得了"}


def coupons_field() -> Items:
    return Items(Whole(), most=MAX_LINES + 1, load_default=list, metadata=_COUPONS)


def code_field() -> Text:
    return Text(most=20, load_default="", metadata=_CODE)


def total_field() -> Whole:
    about = {"description": "买家确认过的总额；对不上就是 409，带新报价"}
    return Whole(least=0, required=True, metadata=about)


def digest_field() -> Text:
    return Text(most=64, metadata={"description": "报价的摘要；写了就一点也不能变"})


class QuoteAsk(Input):
    lines = Items(Part(NewLine), least=1, most=MAX_LINES, metadata=_LINES)
    coupons = coupons_field()
    coupon_code = code_field()
    street_code = Text(
        most=12, pattern=r"\A[0-9]{12}\Z", metadata={"description": "送到哪条街道；不写就不算运费"}
    )


class QuoteSupplier(Output):
    supplier = Part(NamedSupplier)
    lines = Items(Part(CartLine))
    goods_fen = fields.Integer()
    freight_fen = fields.Integer(allow_none=True, metadata={"description": "还不知道送到哪儿时为 null"})
    is_excluded = fields.Boolean(metadata={"description": "这家不送那里"})
    total_fen = fields.Integer()
    discount_fen = fields.Integer(metadata={"description": "券给这家的货减掉的"})
    subsidy_fen = fields.Integer(
        metadata={"description": "其中平台或政府补给供应商的，不减农户和供应商的收入"}
    )
    income_fen = fields.Integer()


class CouponOffer(Output):
    id = fields.Integer(metadata={"description": "报价和下单时写在 coupons 里"})
    name = fields.String()
    bearer = fields.String(metadata={"description": "谁出钱：supplier、platform、government"})
    supplier_id = fields.Integer(allow_none=True, metadata={"description": "哪家的；通用的为 null"})
    min_spend_fen = fields.Integer()
    off_fen = fields.Integer()
    ends_at = fields.AwareDateTime(format="iso")
    why_not = fields.String(
        allow_none=True,
        metadata={"description": "为什么用不了：too_little、below_floor、used_up、yours_used、not_now"},
    )


class Quote(Output):
    suppliers = Items(Part(QuoteSupplier))
    left_out = Items(Part(CartLine), metadata={"description": "选了但现在买不了的，不在合计里"})
    goods_fen = fields.Integer()
    freight_fen = fields.Integer()
    discount_fen = fields.Integer(metadata={"description": "券一共减掉的"})
    offers = Items(Part(CouponOffer), metadata={"description": "这些货现在有哪些券"})
    total_fen = fields.Integer(metadata={"description": "下单时作 expected_total_fen 发回来"})
    income_fen = fields.Integer()
    needs_agree_fresh = fields.Boolean()
    digest = fields.String(metadata={"description": "这张报价的摘要：价格、证书、数量、运费变了它就变"})


class NewAddress(Input):
    recipient = Text(least=1, most=20, clean=True, required=True)
    mobile = Text(least=11, most=20, required=True, metadata={"example": "19900001234"})
    street_code = Text(most=12, pattern=r"\A[0-9]{12}\Z", required=True, metadata={"example": "610113001000"})
    detail = Text(least=2, most=80, clean=True, required=True)


def key_field() -> Text:
    return Text(
        least=16,
        most=64,
        pattern=r"\A[A-Za-z0-9_-]+\Z",
        required=True,
        metadata={"description": "每次下单换一个，用 UUID；同一个键加同样的内容，得到同一张单"},
    )


class NewCheckout(Input):
    idempotency_key = key_field()
    lines = Items(Part(NewLine), least=1, most=MAX_LINES, metadata=_LINES)
    address = Part(NewAddress)
    address_id = Whole(metadata={"description": "会员存好的地址；和 address 二选一"})
    method = Word(PaymentMethod, load_default=PaymentMethod.ONLINE.value)
    agree_fresh = Flag(load_default=False, metadata={"description": "有生鲜时要 true"})
    expected_total_fen = total_field()
    digest = digest_field()
    coupons = coupons_field()
    coupon_code = code_field()
    remarks = ByKey(
        keys=fields.String(validate=validate.Regexp(r"\A[0-9]{1,9}\Z", error="要供应商的 id。")),
        values=Text(most=100, clean=True),
        load_default=dict,
        validate=validate.Length(max=MAX_LINES, error="太多了。"),
        metadata={"description": "给各家的留言，以供应商 id 为键"},
    )


class SandboxPayment(Input):
    choice = Word(SandboxChoice, load_default=SandboxChoice.PAY.value)


class PlacingProblem(Problem):
    quote = Part(Quote, metadata={"description": "现在的报价；key_reused 时没有"})

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        field_obj.required = field_name not in {"errors", "quote"}


class IncomeOfState(Output):
    state = fields.String(
        metadata={"description": "accrued、confirmed、disbursed、acknowledged、reversed_after_payout"}
    )
    fen = fields.Integer()


class IncomeOfVillage(Output):
    village = Part(NamedRegion)
    households = fields.Integer(metadata={"description": "几户；不说是哪几户"})
    fen = fields.Integer(metadata={"description": "下单时定下的"})
    states = Items(Part(IncomeOfState), metadata={"description": "账上现在的样子；没付款是空的，退款会减少"})


class OrderIncome(Output):
    fen = fields.Integer(metadata={"description": "下单时定下的合计，未扣除生产成本"})
    booked_fen = fields.Integer(metadata={"description": "账上现在的合计：没付款是 0，退款后是剩下的"})
    villages = Items(Part(IncomeOfVillage))


class OrderLine(Output):
    sku_id = fields.Integer()
    product_id = fields.Integer()
    title = fields.String()
    sku_name = fields.String()
    certificate = fields.String(metadata={"description": "下单时的证书编号"})
    unit_price_fen = fields.Integer()
    units = fields.Integer()
    shipped_units = fields.Integer()
    refunded_units = fields.Integer()
    total_fen = fields.Integer()
    income_fen = fields.Integer()
    ship_by = fields.Date(allow_none=True, metadata={"description": "预售时答应的最晚发货日"})


class ParcelLine(Output):
    title = fields.String()
    sku_name = fields.String()
    units = fields.Integer()


class TrackingEntry(Output):
    at = fields.AwareDateTime(format="iso")
    text = fields.String()


class Parcel(Output):
    carrier = fields.String()
    tracking_number = fields.String()
    shipped_at = fields.AwareDateTime(format="iso")
    lines = Items(Part(ParcelLine))
    entries = Items(Part(TrackingEntry), metadata={"description": "到过哪儿，新的在前"})


class Transfer(Output):
    holder = fields.String()
    bank = fields.String()
    account = fields.String()
    reference = fields.String(metadata={"description": "转账附言要写上它"})


class VisitPlace(Output):
    on = fields.Date(metadata={"description": "哪一天"})
    unit = fields.String(metadata={"description": "一个名额是什么", "example": "人"})
    free_until = fields.AwareDateTime(
        format="iso",
        metadata={"description": "在这以前可以免费改到同价的日子，或者全额退；过了不能改、不能退"},
    )
    is_free = fields.Boolean(metadata={"description": "现在还能不能免费改期、退订"})
    region = Part(NamedRegion, metadata={"description": "到哪个镇街"})
    address = fields.String()
    phone = fields.String()
    hours = fields.String(metadata={"description": "接待时间"})


class OrderVisit(VisitPlace):
    state = fields.String(
        metadata={"description": "unpaid、expected、made、lapsed（过了日子没来，按约定算到店）、cancelled"}
    )
    units = fields.Integer(metadata={"description": "几个名额；退掉的不算"})
    code = fields.String(allow_none=True, metadata={"description": "核销码，到店出示；没付款、退掉了是 null"})
    redeemed_at = fields.AwareDateTime(format="iso", allow_none=True)


class Order(Output):
    number = fields.String()
    state = fields.String(
        metadata={
            "description": "placed、released、partially_shipped、shipped、received、completed、cancelled"
        }
    )
    payment_state = fields.String(metadata={"description": "unpaid、pending、paid、failed、expired…"})
    word = fields.String(metadata={"description": "给人看的状态"})
    sentence = fields.String()
    supplier = Part(NamedSupplier)
    placed_at = fields.AwareDateTime(format="iso")
    method = fields.String()
    goods_fen = fields.Integer()
    freight_fen = fields.Integer()
    discount_fen = fields.Integer()
    total_fen = fields.Integer()
    lines = Items(Part(OrderLine))
    parcels = Items(Part(Parcel), metadata={"description": "已经发出的包裹"})
    income = Part(OrderIncome)
    visit = Part(OrderVisit, allow_none=True, metadata={"description": "按日子预订的；寄货的为 null"})


class OrderQuery(Input):
    state = Word(
        ["", "pay", "ship", "visit", "receive", "done", "cancelled"],
        load_default="",
        metadata={"description": "待付款、待发货、待到店、待收货、已收货、已取消"},
    )
    page = page_field(1_000_000)


class OrderPage(Output):
    items = Items(Part(Order))
    next = next_field()


class PayableOrder(Order):
    transfer = Part(Transfer, allow_none=True, metadata={"description": "对公转账时转到哪儿"})


class Checkout(Output):
    token = fields.String(metadata={"description": "这次下单的凭证；游客凭它查单，请保管好"})
    situation = fields.String(metadata={"description": "choose、waiting、failed、paid、cancelled、expired"})
    method = fields.String()
    total_fen = fields.Integer()
    due_fen = fields.Integer(metadata={"description": "还要付多少"})
    placed_at = fields.AwareDateTime(format="iso")
    reserved_until = fields.AwareDateTime(
        format="iso", allow_none=True, metadata={"description": "货留到什么时候；付过了是 null"}
    )
    pay_url = fields.String(metadata={"description": "给人打开的付款页"})
    orders = Items(Part(PayableOrder))
