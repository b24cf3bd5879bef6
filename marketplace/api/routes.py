"""The table of the API: routes and the OpenAPI document are both read from it."""

from functools import cache

from flask import Response, current_app
from flask import json as flask_json

from marketplace.accounts.policies import Permission
from marketplace.api import (
    account_views,
    cart_views,
    certification_views,
    checkout_views,
    goods_views,
    order_views,
    report_views,
    shipping_views,
    visit_views,
)
from marketplace.api.asking import Ask, view_of
from marketplace.api.document import build
from marketplace.api.operations import LOGINS, WRITES, Operation
from marketplace.api.schemas import accounts, buying, certification, goods, reports, shipping, visits
from marketplace.kernel.settings import Settings
from marketplace.kernel.web import Route

PUBLIC, SIGNED_IN, DEMO = Permission.PUBLIC, Permission.SIGNED_IN, Permission.DEMO


def _document(_ask: Ask) -> Response:
    settings: Settings = current_app.extensions["settings"]
    response = Response(_text(settings.public_url, settings.is_demo), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return goods_views.conditional(response)


@cache
def _text(public_url: str, is_demo: bool) -> str:
    shown = [each for each in OPERATIONS if is_demo or each.permission is not DEMO]
    return flask_json.dumps(build(shown, public_url), ensure_ascii=False)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", "/openapi.json", "document", _document, PUBLIC, "文档", "这份文档，OpenAPI 3.1",
        {200: accounts.Document},
    ),
    Operation(
        "POST", "/tokens", "token_issue", account_views.issue, PUBLIC, "凭证", "用账号和密码换访问凭证",
        {201: accounts.Token},
        description="凭证 30 天有效；退出登录、改密码、停用或权限变动时立刻失效。试错太多会 429。"
        "带上 X-Cart-Token，游客购物车并进会员的。开了两步验证的账号还要 code；必须开而没开的角色先到网站上去开。",
        body=accounts.NewToken, errors=(403, 422), takes_cart=True, rate=LOGINS,
    ),
    Operation(
        "DELETE", "/tokens/current", "token_revoke", account_views.revoke, SIGNED_IN, "凭证", "作废正在用的凭证",
        {204: None}, rate=WRITES,
    ),
    Operation(
        "GET", "/products", "products", goods_views.products, PUBLIC, "商品", "在卖的商品：搜索、筛选、排序",
        {200: goods.ProductPage}, query=goods.ProductQuery, errors=(422,),
    ),
    Operation(
        "GET", "/products/<int:product_id>", "product", goods_views.product, PUBLIC, "商品", "一件商品",
        {200: goods.ProductDetail},
    ),
    Operation(
        "GET", "/products/<int:product_id>/dates", "product_dates", visit_views.dates, PUBLIC, "商品",
        "采摘、农家乐、民宿哪天能订、多少钱、还有几个名额，一次一个月",
        {200: goods.VisitDatePage}, query=goods.VisitDateQuery, errors=(422,),
    ),
    Operation(
        "GET", "/categories", "categories", goods_views.categories, PUBLIC, "商品", "类别",
        {200: goods.CategoryPage},
    ),
    Operation(
        "GET", "/certificates/<number>", "certificate", certification_views.certificate, PUBLIC, "认定", "认定证书",
        {200: certification.Certificate}, description="编号写法不拘：西扶认〔2026〕0001号、2026-1 都行。",
        query=certification.CertificateQuery, errors=(422,),
    ),
    Operation(
        "GET", "/notices", "notices", certification_views.notice_board, PUBLIC, "认定", "认定公示",
        {200: certification.NoticePage}, query=certification.NoticeQuery, errors=(422,),
    ),
    Operation(
        "GET", "/notices/<int:notice_id>", "notice", certification_views.notice, PUBLIC, "认定", "一件公示",
        {200: certification.Notice},
    ),
    Operation(
        "GET", "/catalogues", "catalogues", certification_views.catalogue_list, PUBLIC, "认定",
        "发布过的产品目录，新的在前", {200: certification.CatalogueList},
    ),
    Operation(
        "GET", "/catalogues/<int:batch_id>", "catalogue", certification_views.catalogue, PUBLIC, "认定",
        "一批目录里的产品", {200: certification.CatalogueDetail},
    ),
    Operation(
        "GET", "/regions", "regions", goods_views.regions, PUBLIC, "区划", "下一级区划：全国到街道，陕西到村",
        {200: goods.RegionPage}, query=goods.RegionQuery, errors=(404, 422),
    ),
    Operation(
        "GET", "/cart", "cart", cart_views.show, PUBLIC, "下单", "购物车", {200: buying.Cart}, takes_cart=True,
    ),
    Operation(
        "POST", "/cart/lines", "cart_add", cart_views.add, PUBLIC, "下单", "放进购物车；已有的加上数量",
        {201: buying.Cart}, body=buying.NewCartLine, errors=(404, 409, 422), takes_cart=True, rate=WRITES,
    ),
    Operation(
        "PATCH", "/cart/lines/<int:sku_id>", "cart_change", cart_views.change, PUBLIC, "下单", "改数量，选或不选",
        {200: buying.Cart}, body=buying.CartLineChange, errors=(422,), takes_cart=True, rate=WRITES,
    ),
    Operation(
        "DELETE", "/cart/lines/<int:sku_id>", "cart_remove", cart_views.remove, PUBLIC, "下单", "拿出购物车",
        {204: None}, takes_cart=True, rate=WRITES,
    ),
    Operation(
        "POST", "/quotes", "quote", checkout_views.quote, PUBLIC, "下单", "报价：合计、运费、给农户多少；什么都不改",
        {200: buying.Quote}, description="offers 是现在有的券；coupons 里的券有一张用不了就是 409（coupons.…）。",
        body=buying.QuoteAsk, errors=(404, 409, 422), takes_cart=True,
    ),
    Operation(
        "POST", "/checkouts", "checkout_place", checkout_views.place_checkout, PUBLIC, "下单",
        "下单：每家供应商一张订单",
        {201: buying.Checkout, 200: buying.Checkout},
        description="201 是新下的单，200 是同样的请求已经下过。价格、库存或证书变了是 409，正文的 quote 是新报价；"
        "同一个 idempotency_key 换了内容也是 409（checkout.key_reused）。",
        body=buying.NewCheckout, errors=(404, 422), problems={409: buying.PlacingProblem}, takes_cart=True, rate=WRITES,
    ),
    Operation(
        "POST", "/visits/quotes", "visit_quote", visit_views.quote, PUBLIC, "下单",
        "报价：某一天订几个名额，合计多少、给农户多少、怎样改期和退订；什么都不改",
        {200: visits.VisitQuote},
        description="满了、不够是 left_out；已经开始的是 409（visits.over）。不寄东西，没有运费。",
        body=visits.VisitQuoteAsk, errors=(404, 409, 422),
    ),
    Operation(
        "POST", "/visits/checkouts", "visit_book", visit_views.book, PUBLIC, "下单",
        "预订采摘、农家乐、民宿的一天：一天一单，不要地址",
        {201: buying.Checkout, 200: buying.Checkout},
        description="和 /checkouts 一样按 idempotency_key 只下一次。agreed_free_until 是买家同意的约定，变了也是 409。"
        "付款后，订单的 visit.code 是核销码。",
        body=visits.NewVisit, errors=(404, 422), problems={409: visits.VisitProblem}, rate=WRITES,
    ),
    Operation(
        "GET", "/checkouts/<checkout_token>", "checkout", checkout_views.show, PUBLIC, "下单",
        "一次下单：付没付、货留到何时、每张订单", {200: buying.Checkout},
    ),
    Operation(
        "POST", "/checkouts/<checkout_token>/sandbox-payment", "sandbox_payment", checkout_views.pay_in_sandbox,
        DEMO, "下单", "在沙箱里付款（仅演示环境）", {200: buying.Checkout},
        description="沙箱银行照做，并把签过名的通知发到真正的回调地址。", body=buying.SandboxPayment,
        errors=(409, 422), rate=WRITES,
    ),
    Operation(
        "GET", "/orders", "orders", order_views.index, SIGNED_IN, "订单", "我的订单，新的在前",
        {200: buying.OrderPage}, query=buying.OrderQuery, errors=(422,),
    ),
    Operation(
        "GET", "/orders/<number>", "order", order_views.show, SIGNED_IN, "订单",
        "我的一张订单：带动了哪些村、多少、到哪一步", {200: buying.Order},
    ),
    Operation(
        "POST", "/tracking-entries", "tracking_tell", shipping_views.tell, Permission.SUPPLIER, "物流",
        "告诉买家包裹到哪儿了：自家发的，一次多条", {200: shipping.SightingsTold},
        description="要么全记下，要么一条不记；同一条再发一遍不会重复。", body=shipping.NewSightings, errors=(422,),
        rate=WRITES,
    ),
    Operation(
        "GET", "/reports/rows", "report_rows", report_views.rows, Permission.REPORTS, "报表",
        "报表的行，和页面、文件、账一致",
        {200: reports.RowPage}, query=reports.RowQuery, errors=(404, 422),
    ),
)  # fmt: skip

routes: list[Route] = [
    Route(each.rule, each.endpoint, view_of(each), each.permission, (each.method,)) for each in OPERATIONS
]


def rates() -> dict[str, str]:
    """How often one address may ask, by endpoint."""
    return {each.endpoint: each.rate for each in OPERATIONS}
