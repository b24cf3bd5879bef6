"""What scores, filters and faults are called."""

from catalog.reviews.rules import Fault

SCORES = {5: "非常好", 4: "好", 3: "一般", 2: "不太好", 1: "差"}
FAULTS = {
    Fault.UNLAWFUL: "违法信息",
    Fault.ABUSE: "人身攻击",
    Fault.PRIVACY: "泄露隐私",
    Fault.ADVERTISING: "广告",
    Fault.UNRELATED: "与商品无关",
}
