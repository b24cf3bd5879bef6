"""What invoices are called on screen."""

from orders.invoices.rules import InvoiceColor, InvoiceKind, InvoiceNeed

KINDS = {InvoiceKind.PERSON: "个人", InvoiceKind.UNIT: "单位"}
COLORS = {InvoiceColor.BLUE: "蓝字", InvoiceColor.RED: "红字"}
#: (word, tone) as the supplier reads it
NEEDS = {
    InvoiceNeed.BLUE: ("等您开票", "warn"),
    InvoiceNeed.RED: ("要冲红", "danger"),
    InvoiceNeed.MONEY: ("等付款", ""),
    InvoiceNeed.NOTHING: ("开好了", "done"),
}
#: as the buyer reads it
BUYERS = {
    InvoiceNeed.BLUE: ("等供应商开票", "info"),
    InvoiceNeed.RED: ("等供应商冲红", "info"),
    InvoiceNeed.MONEY: ("付款以后开", ""),
    InvoiceNeed.NOTHING: ("开好了", "done"),
}
