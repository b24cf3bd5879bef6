"""Parts that several subjects share."""

from marshmallow import fields

from marketplace.api.fields import Items, Output, Whole


class NamedRegion(Output):
    code = fields.String(metadata={"description": "12 位区划代码", "example": "610124000000"})
    name = fields.String(metadata={"example": "周至县"})


class NamedSupplier(Output):
    id = fields.Integer()
    name = fields.String(metadata={"description": "增收示范户只写户编号，不写人名"})


class Problem(Output):
    """RFC 9457. ``code`` tells programs what happened, ``detail`` tells people."""

    type = fields.String(metadata={"example": "about:blank"})
    title = fields.String(metadata={"description": "状态的说法", "example": "内容填得不对"})
    status = fields.Integer(metadata={"example": 422})
    detail = fields.String(metadata={"description": "给人看的一句话"})
    code = fields.String(metadata={"description": "错误代码", "example": "stock.sold_out"})

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:  # type: ignore[type-arg]
        field_obj.required = field_name != "errors"

    errors = fields.Dict(
        keys=fields.String(),
        values=Items(fields.String()),
        metadata={"description": "按字段列出的原因，字段名用点连接：lines.0.units"},
    )


def page_field(most: int) -> Whole:
    return Whole(
        least=1, most=most, in_address=True, load_default=1, metadata={"description": "第几页，从 1 起"}
    )


def next_field() -> fields.String:
    return fields.String(allow_none=True, metadata={"description": "下一页的完整地址；没有了就是 null"})
