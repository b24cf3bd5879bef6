"""Certificates, public notices, product catalogues."""

from marshmallow import fields

from marketplace.api.fields import Input, Items, Output, Part, Text, Whole, Word
from marketplace.api.schemas.common import NamedRegion, next_field, page_field

#: of the twenty notices a page has
DEEPEST_PAGE = 500


class CertificateQuery(Input):
    version = Whole(least=1, most=9999, in_address=True, metadata={"description": "第几版；不写是最新一版"})


class CertificateVersion(Output):
    version = fields.Integer()
    state = fields.String()
    issued_at = fields.AwareDateTime(format="iso")
    valid_from = fields.Date()
    valid_until = fields.Date()


class CertificateStep(Output):
    at = fields.AwareDateTime(format="iso")
    version = fields.Integer()
    action = fields.String(metadata={"description": "issue、suspend、reinstate、revoke、expire"})
    word = fields.String()
    reason = fields.String(allow_none=True)


class Certificate(Output):
    number = fields.String()
    version = fields.Integer()
    state = fields.String(metadata={"description": "in_force、suspended、expired、revoked、superseded"})
    is_valid = fields.Boolean(metadata={"description": "今天是否有效"})
    word = fields.String()
    verdict = fields.String(
        metadata={"description": "一句话：现在能不能信", "example": "认定有效，到 2029年04月24日为止。"}
    )
    reason = fields.String(allow_none=True, metadata={"description": "暂停或撤销的原因"})
    product = fields.String()
    applicant = fields.String()
    sponsor = fields.String(allow_none=True)
    origin = fields.String()
    region = Part(NamedRegion)
    terms = Items(fields.String())
    households = fields.Integer(metadata={"description": "联结农户几户；不说是哪几户"})
    promised_households = fields.Integer(metadata={"description": "承诺带动几户"})
    promised_income_fen = fields.Integer(
        allow_none=True, metadata={"description": "不足 5 户不公开，为 null"}
    )
    valid_from = fields.Date()
    valid_until = fields.Date()
    issued_at = fields.AwareDateTime(format="iso")
    issuer = fields.String(metadata={"description": "谁发的证"})
    versions = Items(Part(CertificateVersion), metadata={"description": "同一编号的各版，新的在前"})
    steps = Items(Part(CertificateStep), metadata={"description": "发证、暂停、恢复、撤销、到期，早的在前"})
    url = fields.String()


class NoticeQuery(Input):
    state = Word(["open", "ended"], load_default="open", metadata={"description": "正在公示的，或公示完的"})
    county = Text(most=12, pattern=r"\A[0-9]{12}\Z", metadata={"description": "产地区县的 12 位代码"})
    q = Text(most=40, metadata={"description": "产品或主体名称"})
    page = page_field(DEEPEST_PAGE)


class Notice(Output):
    id = fields.Integer()
    product = fields.String()
    applicant = fields.String(metadata={"description": "增收示范户只写户编号，不写人名"})
    origin = fields.String()
    batch = fields.String(allow_none=True)
    state = fields.String(metadata={"description": "申请现在到哪一步"})
    word = fields.String()
    is_paused = fields.Boolean(metadata={"description": "有异议在核查，暂停计时"})
    takes_objections = fields.Boolean()
    starts_on = fields.Date()
    ends_on = fields.Date()
    objections_until = fields.Date(
        allow_none=True, metadata={"description": "提异议的最后一天；暂停计时或已经公示完是 null"}
    )
    day = fields.Integer(metadata={"description": "公示的第几个工作日"})
    days = fields.Integer()
    households = fields.Integer()
    promised_income_fen = fields.Integer(
        allow_none=True, metadata={"description": "不足 5 户不公开，为 null"}
    )
    url = fields.String()


class NoticePage(Output):
    items = Items(Part(Notice))
    next = next_field()


class Catalogue(Output):
    id = fields.Integer()
    name = fields.String(metadata={"example": "〔2026〕第 1 批"})
    title = fields.String()
    note = fields.String()
    published_at = fields.AwareDateTime(format="iso")
    products = fields.Integer()
    url = fields.String()


class CatalogueList(Output):
    items = Items(Part(Catalogue))
    next = next_field()


class CatalogueEntry(Output):
    position = fields.Integer()
    number = fields.String()
    version = fields.Integer()
    product = fields.String()
    applicant = fields.String()
    county = fields.String()
    category = fields.String()
    state = fields.String(metadata={"description": "证书今天的状态"})
    url = fields.String()


class CatalogueDetail(Catalogue):
    entries = Items(Part(CatalogueEntry))
