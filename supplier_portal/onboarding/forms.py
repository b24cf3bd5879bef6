"""Forms of registering and of the papers."""

from flask_wtf.file import FileField
from wtforms import DateField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.kernel.forms import (
    CleanStringField,
    Form,
    MobileField,
    NameField,
    PhoneField,
    choices_of,
)
from marketplace.kernel.media import Upload
from marketplace.parties.bank_changes import AccountDraft
from marketplace.parties.commands import SupplierDraft
from marketplace.parties.licence_changes import LicenceDraft
from marketplace.parties.paper_commands import PaperDraft
from marketplace.parties.queries import ContactFacts, SupplierFacts, possible_sponsors
from marketplace.parties.rules import PaperKind, SupplierKind
from marketplace.regions.forms import RegionField
from marketplace.regions.rules import county_code_of

KINDS = choices_of((kind.value, kind.label) for kind in SupplierKind)
PAPERS = choices_of((kind.value, kind.label) for kind in PaperKind)


def on_file(supplier: SupplierFacts, contact: ContactFacts) -> dict[str, str]:
    """What a form about a supplier begins with; each form takes the fields it has."""
    return {
        "kind": supplier.kind.value,
        "name": supplier.name,
        "uscc": supplier.uscc or "",
        "village_code": supplier.village_code,
        "contact_name": contact.contact_name,
        "contact_mobile": contact.contact_mobile,
        "public_phone": supplier.public_phone,
        "story": supplier.story,
    }


class SupplierForm(Form):
    kind = RadioField("您是哪一类", [InputRequired("请选一类")], choices=KINDS)
    name = NameField("名称", [InputRequired("请填名称"), Length(max=80, message="名称请不要超过 80 个字")])
    uscc = CleanStringField("统一社会信用代码", [Optional(), Length(max=30, message="请填 18 位代码")])
    village_code = RegionField("所在村")
    contact_name = NameField(
        "联系人", [InputRequired("请填联系人"), Length(max=30, message="请不要超过 30 个字")]
    )
    contact_mobile = MobileField("联系手机", [InputRequired("请填手机号")])
    story = TextAreaField("介绍一下自己", [Length(max=1000, message="请不要超过 1000 个字")])

    def draft(self) -> SupplierDraft:
        return SupplierDraft(
            kind=SupplierKind(str(self.kind.data)),
            name=str(self.name.data),
            village_code=str(self.village_code.data),
            contact_name=str(self.contact_name.data),
            contact_mobile=str(self.contact_mobile.data),
            uscc=self.uscc.data or "",
            story=self.story.data or "",
        )


class BankForm(Form):
    bank_name = CleanStringField("开户行", [InputRequired("请填开户行"), Length(max=60)])
    bank_account_name = CleanStringField("户名", [InputRequired("请填户名"), Length(max=80)])
    bank_account = CleanStringField("银行账号", [Optional(), Length(max=40)])


class BankChangeForm(BankForm):
    """A new account of an admitted supplier; all of it, for the old one is shown nowhere."""

    bank_account = CleanStringField("新的银行账号", [InputRequired("请填银行账号"), Length(max=40)])
    proof = FileField("开户证明")

    def account(self) -> AccountDraft:
        return AccountDraft(
            bank_name=self.bank_name.data or "",
            account=self.bank_account.data or "",
            account_name=self.bank_account_name.data or "",
        )


class LicenceForm(Form):
    """What the licence of an admitted supplier says now; the parts that did not change stay as they are shown."""

    name = NameField("名称", [InputRequired("请填名称"), Length(max=80, message="名称请不要超过 80 个字")])
    uscc = CleanStringField("统一社会信用代码", [Optional(), Length(max=30, message="请填 18 位代码")])
    village_code = RegionField("所在村")
    expires_on = DateField("新执照有效期到", [Optional()])
    proof = FileField("新的执照或登记证")

    def draft(self) -> LicenceDraft:
        return LicenceDraft(
            str(self.name.data), self.uscc.data or "", str(self.village_code.data), self.expires_on.data
        )


class PaperForm(Form):
    """``photo`` is the same file from a phone's camera."""

    kind = SelectField("哪种证照", choices=PAPERS)
    number = CleanStringField("编号", [Optional(), Length(max=60, message="编号请不要超过 60 个字")])
    expires_on = DateField("有效期到", [Optional()])
    upload = FileField("扫描件或照片")
    photo = FileField("用手机拍")

    def draft(self) -> PaperDraft:
        return PaperDraft(PaperKind(str(self.kind.data)), self.number.data or "", self.expires_on.data)

    def file(self) -> Upload | None:
        """The picture taken, or else the file chosen."""
        return next((each for each in (self.photo.data, self.upload.data) if each and each.filename), None)


class StatementForm(Form):
    reason = TextAreaField(
        "写给平台的话", [InputRequired("请写明原因"), Length(max=500, message="请不要超过 500 个字")]
    )


class ContactForm(Form):
    """What an admitted supplier may change by itself."""

    contact_name = NameField(
        "联系人", [InputRequired("请填联系人"), Length(max=30, message="请不要超过 30 个字")]
    )
    contact_mobile = MobileField("联系手机", [InputRequired("请填手机号")])
    public_phone = PhoneField("公开电话", [Optional()])
    story = TextAreaField("介绍一下自己", [Length(max=1000, message="请不要超过 1000 个字")])


class PilotForm(Form):
    """Who a pilot household is, asked in as few fields as a phone bears."""

    name = NameField("店名", [InputRequired("请填店名"), Length(max=80, message="店名请不要超过 80 个字")])
    village_code = RegionField("在哪个村")
    contact_name = NameField(
        "您的姓名", [InputRequired("请填姓名"), Length(max=30, message="请不要超过 30 个字")]
    )
    contact_mobile = MobileField("手机号", [InputRequired("请填手机号")])
    story = TextAreaField("种什么、养什么", [Length(max=1000, message="请不要超过 1000 个字")])

    def draft(self) -> SupplierDraft:
        return SupplierDraft(
            kind=SupplierKind.PILOT_HOUSEHOLD,
            name=str(self.name.data),
            village_code=str(self.village_code.data),
            contact_name=str(self.contact_name.data),
            contact_mobile=str(self.contact_mobile.data),
            story=self.story.data or "",
        )


class PilotBankForm(BankForm):
    """The account and a picture of the card, on one page of the phone."""

    upload = FileField("从相册选一张")
    photo = FileField("给银行卡拍照")

    def file(self) -> Upload | None:
        return next((each for each in (self.photo.data, self.upload.data) if each and each.filename), None)


class SponsorForm(Form):
    sponsor_id = SelectField("请谁担保", coerce=int, validate_choice=False)


def sponsor_form(supplier: SupplierFacts) -> SponsorForm:
    """With those of the pilot's county who may vouch for it; without a choice where there is nobody yet."""
    form = SponsorForm(data={"sponsor_id": supplier.sponsor_id})
    possible = possible_sponsors(county_code_of(supplier.village_code), supplier.id)
    form.sponsor_id.choices = choices_of((str(number), name) for number, name in possible)
    return form


class AnswerForm(Form):
    answer = RadioField(
        "您的答复",
        [InputRequired("请选一项")],
        choices=choices_of([("agree", "同意担保"), ("decline", "不同意")]),
    )
    reason = CleanStringField("不同意的原因", [Optional(), Length(max=200)])
