"""Tokens."""

from marshmallow import fields

from marketplace.api.fields import Input, Output, Text


class NewToken(Input):
    identifier = Text(least=1, most=80, required=True, metadata={"description": "账号或手机号"})
    password = Text(least=1, most=128, required=True)
    code = Text(
        most=40,
        load_default="",
        metadata={"description": "开了两步验证的账号要填：验证器上的 6 位数，或一个恢复码"},
    )


class Token(Output):
    token = fields.String(metadata={"description": "只说这一次，我们不留原文"})
    token_type = fields.String(metadata={"example": "Bearer"})
    expires_at = fields.AwareDateTime(format="iso")


class Document(Output):
    openapi = fields.String(metadata={"example": "3.1.0"})
    info = fields.Dict()
    paths = fields.Dict()
    components = fields.Dict()
