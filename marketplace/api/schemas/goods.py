"""Products, categories, regions."""

from marshmallow import fields

from marketplace.api.fields import Flag, Input, Items, Output, Part, Text, Whole, Word
from marketplace.api.schemas.common import NamedRegion, NamedSupplier, next_field, page_field

SORTS = ("relevance", "sold", "new", "price", "price_desc", "income")
MAX_PAGE_SIZE = 100
#: Nobody needs the ten-thousandth product of one list; filters lead there sooner.
DEEPEST = 10_000


class ProductQuery(Input):
    q = Text(most=60, metadata={"description": "搜索词：文字、拼音、首字母都行", "example": "猕猴桃"})
    category = Text(most=40, metadata={"description": "类别代码，含下级；见 /categories"})
    county = Text(most=20, metadata={"description": "产地区县：12 位代码或名称", "example": "周至县"})
    in_stock = Flag(in_address=True, load_default=False, metadata={"description": "只看有货的"})
    sort = Word(
        list(SORTS),
        metadata={"description": "不写时：有 q 按 relevance，没有按 sold；relevance 只能和 q 一起用"},
    )
    page = page_field(DEEPEST)
    page_size = Whole(
        least=1,
        most=MAX_PAGE_SIZE,
        in_address=True,
        load_default=25,
        metadata={"description": f"每页几件；page × page_size 不超过 {DEEPEST}"},
    )


class Limit(Output):
    units = fields.Integer(metadata={"description": "每个账号或收货手机号一共能买几份"})
    days = fields.Integer(metadata={"description": "多少天内；0 是一直算"})


class Presale(Output):
    until = fields.Date(metadata={"description": "预售到哪天为止"})
    ship_by = fields.Date(metadata={"description": "最晚哪天发货"})


class Season(Output):
    #: ``from`` is a word of Python's
    from_ = fields.String(
        data_key="from", attribute="from", metadata={"description": "每年从哪天（月-日）", "example": "06-01"}
    )
    until = fields.String(metadata={"description": "到哪天，含当天；可以跨年", "example": "08-31"})


class Sku(Output):
    id = fields.Integer()
    name = fields.String(metadata={"example": "5斤 · 单果90克"})
    price_fen = fields.Integer()
    income_fen = fields.Integer(metadata={"description": "现在卖出一份，预计给农户多少"})
    grams = fields.Integer()
    in_stock = fields.Boolean(metadata={"description": "今天买得到；具体库存不公开"})
    packing = fields.String(metadata={"description": "一份叫什么：piece、box、bag、bottle（件、箱、袋、瓶）"})
    tolerance_grams = fields.Integer(
        allow_none=True, metadata={"description": "按重量卖的：净含量的允许偏差；按件卖的是 null"}
    )
    jin_fen = fields.Integer(allow_none=True, metadata={"description": "按重量卖的：每斤（500 克）多少钱"})
    limit = Part(Limit, allow_none=True, metadata={"description": "每人限购"})
    presale = Part(Presale, allow_none=True, metadata={"description": "预售"})


class ProductCertificate(Output):
    number = fields.String(metadata={"example": "西扶认〔2026〕0001号"})
    valid_until = fields.Date()


class Product(Output):
    id = fields.Integer()
    title = fields.String()
    price_fen = fields.Integer(metadata={"description": "最便宜规格的售价"})
    income_fen = fields.Integer(metadata={"description": "这个规格每份预计给农户多少，未扣除生产成本"})
    category = fields.String(metadata={"description": "类别代码"})
    county = Part(NamedRegion)
    supplier = Part(NamedSupplier)
    certificate = Part(ProductCertificate)
    season = Part(Season, allow_none=True, metadata={"description": "每年的销售期；null 是全年都卖"})
    is_visit = fields.Boolean(
        metadata={"description": "采摘、农家乐、民宿：按日子预订，见 /products/{product_id}/dates"}
    )
    axes = Items(
        fields.String(metadata={"example": "规格"}),
        metadata={
            "description": "规格分两组选时，两组各叫什么；规格名就是“一组一个词”，中间是“ · ”。一张单子的是空的"
        },
    )
    skus = Items(Part(Sku), metadata={"description": "规格；按日子预订的没有"})
    picture_url = fields.String(allow_none=True)
    url = fields.String(metadata={"description": "商品页"})


class Spec(Output):
    name = fields.String()
    value = fields.String()


class VisitOffer(Output):
    unit = fields.String(metadata={"description": "一个名额是什么", "example": "人"})
    address = fields.String(metadata={"description": "到哪儿，接在产地后面"})
    phone = fields.String()
    hours = fields.String(metadata={"description": "接待时间", "example": "9:00–17:30"})
    begins_hour = fields.Integer(metadata={"description": "当天几点算开始，西安时间"})
    free_hours = fields.Integer(metadata={"description": "开始前多少小时以内不能免费改期、退订"})
    most_units = fields.Integer(metadata={"description": "一次最多订几个"})


class VisitDate(Output):
    sku_id = fields.Integer(metadata={"description": "报价和预订时写它"})
    on = fields.Date()
    price_fen = fields.Integer(metadata={"description": "一个名额的价"})
    income_fen = fields.Integer(metadata={"description": "订一个名额，预计给农户多少"})
    left = fields.Integer(metadata={"description": "还有几个名额"})
    can_be_booked = fields.Boolean(metadata={"description": "有余位，也还没开始"})
    begins_at = fields.AwareDateTime(format="iso")
    free_until = fields.AwareDateTime(format="iso", metadata={"description": "在这以前可以免费改期、全额退"})


class VisitDateQuery(Input):
    month = Text(
        most=7,
        pattern=r"\A20[0-9]{2}-(0[1-9]|1[0-2])\Z",
        metadata={"description": "哪个月；不写就是本月，半年以后的还不开放", "example": "2026-12"},
    )


class VisitDatePage(Output):
    items = Items(Part(VisitDate), metadata={"description": "这个月开放的、从今天起的日子"})
    next = fields.String(allow_none=True, metadata={"description": "下一个月的完整地址；再没有了就是 null"})


class ProductDetail(Product):
    subtitle = fields.String()
    description = fields.String()
    specs = Items(Part(Spec))
    origin = Part(NamedRegion, metadata={"description": "产地的村（社区）"})
    is_fresh = fields.Boolean(metadata={"description": "生鲜：不适用七天无理由退货，下单要 agree_fresh"})
    after_sales_hours = fields.Integer()
    pictures = Items(fields.String())
    visit = Part(VisitOffer, allow_none=True, metadata={"description": "到店的约定；不是按日子预订的为 null"})


class ProductPage(Output):
    items = Items(Part(Product))
    next = next_field()


class Category(Output):
    code = fields.String()
    name = fields.String()
    parent = fields.String(allow_none=True)


class CategoryPage(Output):
    items = Items(Part(Category))
    next = next_field()


class RegionQuery(Input):
    parent = Text(
        most=12,
        pattern=r"\A[0-9]{12}\Z",
        load_default="000000000000",
        metadata={"description": "上级的 12 位代码；不写就是各省"},
    )


class Region(NamedRegion):
    level = fields.String(metadata={"description": "province、city、county、town、village"})
    is_street = fields.Boolean(metadata={"description": "能不能作收货地址的 street_code"})


class RegionPage(Output):
    items = Items(Part(Region))
    next = next_field()
