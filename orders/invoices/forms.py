"""The buyer's title."""

from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than the published types
from wtforms.validators import Length, Optional

from marketplace.kernel.forms import CleanStringField, Form
from orders.invoices.commands import check_title
from orders.invoices.rules import MAX_TITLE, InvoiceKind, Title
from orders.invoices.words import KINDS

TOO_LONG = Length(max=MAX_TITLE, message=f"抬头请不要超过 {MAX_TITLE} 个字")


class TitleForm(Form):
    """开给谁"""

    invoice_kind = RadioField(
        "开给谁",
        [Optional()],
        choices=[SelectChoice(each.value, word) for each, word in KINDS.items()],
        default=InvoiceKind.PERSON.value,
        validate_choice=False,
    )
    invoice_title = CleanStringField("抬头", [TOO_LONG])
    invoice_tax_number = CleanStringField("税号", [Length(max=30, message="税号是 18 位")])

    def title(self) -> Title:
        """Raises InvalidInput at a field."""
        is_unit = self.invoice_kind.data == InvoiceKind.UNIT.value
        return check_title(
            InvoiceKind.UNIT if is_unit else InvoiceKind.PERSON,
            self.invoice_title.data or "",
            self.invoice_tax_number.data or "",
        )
