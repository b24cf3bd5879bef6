"""Rows of reports: the same figures as the pages, the CSV and the ledger."""

from marshmallow import fields

from marketplace.api.fields import Input, Items, Output, Part, Text, Word
from marketplace.api.schemas.common import NamedRegion, next_field, page_field
from marketplace.reporting.by_key import By

_DAY = r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z"


class RowQuery(Input):
    by = Word(By, load_default=By.REGION.value, metadata={"description": "每一行是什么"})
    region = Text(
        most=12,
        pattern=r"\A[0-9]{12}\Z",
        metadata={"description": "哪个地区；不写是自己的范围，范围外是 404"},
    )
    period = Text(
        most=10,
        pattern=r"\A([0-9]{4}(-[0-9]{2}|Q[1-4])?|custom)\Z",
        metadata={
            "description": "2026、2026-11、2026Q4，或 custom 加 from、to；不写是本月",
            "example": "2026",
        },
    )
    start = Text(
        most=10,
        pattern=_DAY,
        data_key="from",
        metadata={"description": "起，含这一天", "example": "2026-01-01"},
    )
    end = Text(most=10, pattern=_DAY, data_key="to", metadata={"description": "止，含这一天；不超过三年"})
    category = Text(most=40, metadata={"description": "只看一个类别（by=region 或 product）"})
    page = page_field(1_000_000)


class Period(Output):
    key = fields.String()
    start = fields.Date()
    end = fields.Date()
    label = fields.String()


class Row(Output):
    code = fields.String(metadata={"description": "区划代码，或网点、单位、供应商、产品……的键"})
    name = fields.String()
    note = fields.String()
    is_own = fields.Boolean(metadata={"description": "本级：落在这个地区、却不在下级里的"})
    role = fields.String(
        allow_none=True, metadata={"description": "by=outlet 时网点的角色，各算各的，不相加"}
    )
    sales_fen = fields.Integer(metadata={"description": "净销售：扣了退款，不含运费"})
    before_fen = fields.Integer(metadata={"description": "上一期净销售"})
    income_fen = fields.Integer(metadata={"description": "农户收入，未扣除生产成本"})
    arrived_fen = fields.Integer(metadata={"description": "其中已到账"})
    income_by_state = fields.Dict(keys=fields.String(), values=fields.Integer())
    income_by_kind = fields.Dict(keys=fields.String(), values=fields.Integer())
    orders = fields.Integer()
    households = fields.Integer(metadata={"description": "有收入的农户；各级分别数，不相加"})
    target_fen = fields.Integer(allow_none=True, metadata={"description": "约定的年度目标"})
    year_fen = fields.Integer(allow_none=True, metadata={"description": "当年已完成"})


class RowPage(Output):
    by = fields.String()
    region = Part(NamedRegion)
    period = Part(Period)
    items = Items(Part(Row))
    total = Part(Row, allow_none=True, metadata={"description": "合计，单独算的；by=outlet 时为 null"})
    adds_up = fields.Boolean(metadata={"description": "各行加起来等于合计"})
    next = next_field()
