"""Forms of listings, packings, pictures, lots and stock. Grams and fen as typed, checked again by the commands."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_wtf.file import FileField, MultipleFileField
from werkzeug.datastructures import FileStorage
from wtforms import (
    BooleanField,
    DateField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from catalog.attributes.rules import Attribute, AttributeKind
from catalog.products.axis_rules import BETWEEN, is_word
from catalog.products.own_queries import OwnSku
from catalog.products.queries import PictureRow
from catalog.products.rules import LONGEST_ALT, MAX_TIER_UNITS, MAX_TIERS, Tier, names_of_batch, parse_specs
from catalog.products.selling_rules import MAX_LIMIT_DAYS, MAX_LIMIT_UNITS, Packing, Season, Selling
from certification.linkage.lots import LotDelivery
from certification.linkage.rules import LotPayment
from marketplace.kernel.errors import InvalidInput
from marketplace.kernel.forms import (
    CleanStringField,
    Form,
    NameField,
    WholeNumberField,
    YuanField,
    choices_of,
    typed_id,
    uploads_of,
)
from marketplace.kernel.plain_text import hides_something, trimmed

MONTHS = [(month, f"{month}月") for month in range(1, 13)]


class ListingForm(Form):
    title = NameField("标题", [InputRequired("请填标题"), Length(min=2, max=60, message="请写 2–60 个字")])
    subtitle = CleanStringField("一句话卖点", [Optional(), Length(max=120, message="请不要超过 120 个字")])
    description = TextAreaField("详细介绍", [Optional(), Length(max=5000, message="请不要超过 5000 个字")])
    specs = TextAreaField("规格与保存", [Optional(), Length(max=3000, message="太长了，挑要紧的写")])
    season_months = SelectMultipleField("当季月份", [Optional()], choices=choices_of(MONTHS), coerce=int)

    sale_from = CleanStringField("销售期从", [Optional(), Length(max=5, message="请按“月-日”填，例如 06-01")])
    sale_until = CleanStringField(
        "销售期到", [Optional(), Length(max=5, message="请按“月-日”填，例如 08-31")]
    )

    def validate_specs(self, field: TextAreaField) -> None:
        try:
            parse_specs(field.data or "")
        except InvalidInput as error:
            raise ValidationError("一行一条，用冒号隔开，例如“保存：阴凉处七天”") from error

    def texts(self) -> dict[str, object]:
        return {
            "title": str(self.title.data),
            "subtitle": self.subtitle.data or "",
            "description": (self.description.data or "").replace("\r\n", "\n").replace("\x00", "").strip(),
            "specs": parse_specs(self.specs.data or ""),
            "season_months": list(self.season_months.data or []),
            "season": Season(self.sale_from.data or "", self.sale_until.data or ""),
        }


class AttributesForm(ListingForm):
    """The texts, and a field for each attribute of the listing's category: see ``listing_form``."""

    @property
    def attribute_fields(self) -> list[Field]:
        return [field for field in self if field.name.startswith(Attribute.FIELD)]

    def option_ids(self) -> set[int]:
        """What was chosen: ids of options."""
        chosen = [field.data for field in self.attribute_fields]
        return {each for data in chosen for each in (data if isinstance(data, list) else [data]) if each}


def listing_form(
    attributes: Sequence[Attribute], option_ids: Collection[int], data: Mapping[str, Any], **kwargs: Any
) -> AttributesForm:
    """The form of a listing whose category has these attributes, with what it says of itself so far."""
    offered = [each for each in attributes if each.offered(option_ids)]
    fields = {each.field: _attribute_field(each, option_ids) for each in offered}
    form = type("ListingForm", (AttributesForm,), fields)
    said: dict[str, Any] = {}
    for each in offered:
        own = [option for option in each.options if option in option_ids]
        said[each.field] = own if each.kind is AttributeKind.MARKS else next(iter(own), 0)
    made: AttributesForm = form(data={**data, **said}, **kwargs)
    return made


def _attribute_field(attribute: Attribute, held: Collection[int]) -> Any:
    is_choice = attribute.kind is AttributeKind.CHOICE
    message = f"“{attribute.name}”里没有这一项，请再选一次"
    named = [
        (option_id, f"{name}（已停用）" if option_id in attribute.retired else name)
        for option_id, name in attribute.offered(held).items()
    ]
    field: Any = (
        SelectField if is_choice else SelectMultipleField
    )  # its messages are newer than the published types
    return field(
        attribute.name,
        [Optional()],
        choices=choices_of([*([(0, "不填")] if is_choice else []), *named]),
        coerce=int,
        description="" if is_choice else "有证书、在有效期内的才选，买家会当真",
        invalid_value_message=message,
        invalid_choice_message=message,
    )


class NewListingForm(ListingForm):
    product_id = SelectField("产品", coerce=int)


class SkuForm(Form):
    name = NameField("规格名", [InputRequired("请填规格名"), Length(max=60, message="请不要超过 60 个字")])
    grams = WholeNumberField("一份的重量", [InputRequired("请填重量")], minimum=1, maximum=500_000)
    price_fen = YuanField("售价", [InputRequired("请填售价")])
    is_active = BooleanField("在卖", default=True)
    picture_id = SelectField("配图", coerce=int, default=0)
    packing = SelectField(
        "一份叫什么",
        choices=choices_of([(each.value, each.word) for each in Packing]),
        default=Packing.PIECE.value,
    )
    tolerance_grams = WholeNumberField("净含量允许偏差", [Optional()], minimum=0, maximum=500_000)
    limit_units = WholeNumberField("每人限购", [Optional()], minimum=1, maximum=MAX_LIMIT_UNITS)
    limit_days = WholeNumberField("多少天内", [Optional()], minimum=0, maximum=MAX_LIMIT_DAYS)
    presale_until = DateField("预售截止日", [Optional()])
    ship_by = DateField("最晚发货日", [Optional()])

    def offer_pictures(self, pictures: Sequence[PictureRow]) -> None:
        """The listing's pictures, by their place and what is on them."""
        named = [(each.picture_id, f"第 {place} 张：{each.alt}") for place, each in enumerate(pictures, 1)]
        self.picture_id.choices = choices_of([(0, "不单独配图"), *named])

    def selling(self) -> Selling:
        return Selling(
            packing=Packing(self.packing.data),
            tolerance_grams=self.tolerance_grams.data,
            limit_units=self.limit_units.data,
            limit_days=self.limit_days.data or 0,
            presale_until=self.presale_until.data,
            ship_by=self.ship_by.data,
        )


class SkuTableForm(Form):
    """The table as a whole: its token."""


class SkuRowForm(Form):
    """One row of it; ``seen`` is the fingerprint of what the row showed."""

    seen = HiddenField()
    name = NameField("规格名", [InputRequired("请填规格名"), Length(max=60, message="请不要超过 60 个字")])
    grams = WholeNumberField("净重", [InputRequired("请填重量")], minimum=1, maximum=500_000)
    price_fen = YuanField("售价", [InputRequired("请填售价")])
    is_active = BooleanField("在卖")
    limit_units = WholeNumberField("每人限购", [Optional()], minimum=1, maximum=MAX_LIMIT_UNITS)
    limit_days = WholeNumberField("限购天数", [Optional()], minimum=0, maximum=MAX_LIMIT_DAYS)

    @classmethod
    def of(cls, sku: OwnSku, *, sent: bool) -> "SkuRowForm":
        """The row of a packing: as it was sent, or as it is kept."""
        facts = sku.facts
        data = {
            "seen": facts.fingerprint,
            "name": facts.name,
            "grams": facts.grams,
            "price_fen": facts.price_fen,
            "is_active": facts.is_active,
            "limit_units": facts.selling.limit_units,
            "limit_days": facts.selling.limit_days or None,
        }
        given: dict[str, Any] = {} if sent else {"formdata": None}
        return cls(prefix=f"s{sku.sku_id}-", meta={"csrf": False}, data=data, **given)


class AxesForm(Form):
    """What two lists of words a set of packings is made of, one word a line."""

    rows = TextAreaField("第一组", [InputRequired("请写第一组，例如每种分量一行"), Length(max=600)])
    columns = TextAreaField("第二组", [Length(max=600)])
    first = NameField("第一组叫什么", [Optional()])
    second = NameField("第二组叫什么", [Optional()])

    @staticmethod
    def _words(field: TextAreaField) -> list[str]:
        lines = (trimmed(line) for line in (field.data or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def validate_rows(self, field: TextAreaField) -> None:
        self._check_seen(field)

    def _check_seen(self, field: TextAreaField) -> None:
        words = self._words(field)
        if hidden := [place for place, word in enumerate(words, 1) if hides_something(word)]:
            raise ValidationError(f"第 {hidden[0]} 个词里有看不见的字符，请删掉那一行重新输入")

    def words(self) -> tuple[list[str], list[str]]:
        return self._words(self.rows), self._words(self.columns)

    def axes(self) -> tuple[str, str] | None:
        """The names of both lists; None where they got none."""
        first, second = str(self.first.data or ""), str(self.second.data or "")
        return (first, second) if first or second else None

    def validate_columns(self, field: TextAreaField) -> None:
        self._check_seen(field)
        rows, columns = self.words()
        if self.axes() and not columns:
            raise ValidationError("分两组选，第二组也要写")
        if columns and not all(is_word(word) for word in (*rows, *columns)):
            raise ValidationError(f"词里不要写“·”，它用来隔开两组，例如“5斤{BETWEEN}大果”")


class ChoosingForm(Form):
    """By what a buyer chooses: the names of two lists, or none."""

    first = NameField("第一组叫什么", [Optional()])
    second = NameField("第二组叫什么", [Optional()])


class CrossedSkuForm(Form):
    """One packing of the set; without a price it is not made."""

    price_fen = YuanField("售价", [Optional()])
    grams = WholeNumberField("净重", minimum=1, maximum=500_000)

    def validate_grams(self, field: WholeNumberField) -> None:
        if self.price_fen.data is not None and field.data is None:
            raise ValidationError("请填重量")


class TierForm(Form):
    """单位批量价: up to MAX_TIERS rows of ``min_units_<row>`` and ``price_fen_<row>``; an empty row is no tier."""

    def tiers(self) -> list[Tier]:
        """The rows filled in, in their order. Raises InvalidInput at the half that is missing."""
        found = []
        for row in range(MAX_TIERS):
            units, fen = self[f"min_units_{row}"].data, self[f"price_fen_{row}"].data
            if units is None and fen is None:
                continue
            if units is None or fen is None:
                missing = "min_units" if units is None else "price_fen"
                raise InvalidInput("tiers.incomplete", field=f"{missing}_{row}")
            found.append(Tier(units, fen))
        return found


for _row in range(MAX_TIERS):
    setattr(
        TierForm,
        f"min_units_{_row}",
        WholeNumberField(f"第 {_row + 1} 档起订", [Optional()], minimum=2, maximum=MAX_TIER_UNITS),
    )
    setattr(TierForm, f"price_fen_{_row}", YuanField(f"第 {_row + 1} 档单价", [Optional()]))


class PictureForm(Form):
    picture = FileField("图片")
    alt = NameField("图上是什么", [InputRequired("请写一句图上是什么"), Length(max=80)])

    def validate_picture(self, field: FileField) -> None:
        if not isinstance(field.data, FileStorage) or not field.data.filename:
            raise ValidationError("请选一张图片")


class VideoForm(Form):
    video = FileField("视频")

    def validate_video(self, field: FileField) -> None:
        if not isinstance(field.data, FileStorage) or not field.data.filename:
            raise ValidationError("请选一个视频")


class LibraryForm(Form):
    """Several pictures at once. With script every chosen file has a field ``names`` of its own; without, and where one
    stays empty, the shared name is numbered."""

    files = MultipleFileField("图片")
    name = NameField("图上是什么", [Optional(), Length(max=LONGEST_ALT - 4, message="请不要超过 76 个字")])

    def names(self, own: Sequence[str]) -> list[str]:
        """A name for each file; an empty one where there is none."""
        return names_of_batch(str(self.name.data or ""), own, len(uploads_of(self.files)))


class NameForm(Form):
    name = NameField(
        "图上是什么",
        [
            InputRequired("请写一句图上是什么"),
            Length(min=1, max=LONGEST_ALT, message="请写 1–80 个字"),
        ],
    )


class TakeForm(Form):
    """Pictures of the library for a listing; whose they are the command checks."""

    picture = SelectMultipleField("从图库选", coerce=typed_id, validate_choice=False)


class LotForm(Form):
    sku_id = SelectField("装成哪个规格", coerce=int)
    household_id = SelectField("哪一户送来的", coerce=int)
    received_on = DateField("收货日期", [InputRequired("请填收货日期")])
    grams = WholeNumberField("过秤重量", [InputRequired("请填重量")], minimum=1, maximum=100_000_000)
    grade = CleanStringField("等级", [Optional(), Length(max=40)])
    place = CleanStringField("收货地点", [Optional(), Length(max=80)])
    total_fen = YuanField("约定总价", [InputRequired("请填约定总价")])
    units = WholeNumberField("装成多少份", [InputRequired("请填份数")], minimum=1, maximum=1_000_000)
    payment = RadioField(
        "钱怎么付",
        choices=choices_of(
            [(LotPayment.CONSIGNED.value, "卖出后再付"), (LotPayment.BOUGHT.value, "收货时已付")]
        ),
        default=LotPayment.CONSIGNED.value,
    )
    voucher_number = CleanStringField("付款凭证号", [Optional(), Length(max=60)])
    voucher = FileField("付款凭证")

    def delivery(self) -> LotDelivery:
        return LotDelivery(
            payment=LotPayment(self.payment.data),
            grams=int(self.grams.data),
            total_fen=int(self.total_fen.data),
            units=int(self.units.data),
            received_on=self.received_on.data,  # type: ignore[arg-type]
            grade=self.grade.data or "",
            place=self.place.data or "",
            voucher_number=self.voucher_number.data or "",
        )

    def upload(self) -> FileStorage | None:
        sent = self.voucher.data
        return sent if isinstance(sent, FileStorage) and sent.filename else None


class StockForm(Form):
    units = WholeNumberField("入库多少份", [InputRequired("请填份数")], minimum=1, maximum=1_000_000)
    reason = CleanStringField("备注", [Optional(), Length(max=200)])


class AdjustForm(Form):
    counted = WholeNumberField(
        "实际能卖的份数", [InputRequired("请填清点后的份数")], minimum=0, maximum=1_000_000
    )
    reason = CleanStringField("为什么改", [InputRequired("请写明原因，例如“压坏 2 份”"), Length(max=200)])


class SpoilForm(Form):
    units = WholeNumberField("报损多少份", [InputRequired("请填份数")], minimum=1, maximum=1_000_000)
    reason = CleanStringField("为什么", [InputRequired("请写明原因，例如“冷库断电，软烂”"), Length(max=180)])
