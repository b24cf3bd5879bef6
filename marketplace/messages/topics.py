"""What people may be told about, in groups they can switch on and off. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Topic(StrEnum):
    ADMISSION = "admission"
    PAPERS = "papers"
    APPLICATION = "application"
    REVIEW = "review"
    OBJECTION = "objection"
    CERTIFICATE = "certificate"
    LINKAGE = "linkage"
    MONITORING = "monitoring"
    ORDER = "order"
    AFTER_SALES = "after_sales"
    PURCHASE = "purchase"
    PAYOUT = "payout"
    REGISTER = "register"
    RESTOCK = "restock"


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """``needed``: somebody waits for it, so it can't be switched off in the site, only by mail."""

    title: str
    hint: str
    by_mail: bool = False
    needed: bool = False


TOPICS: Mapping[Topic, TopicFacts] = {
    Topic.ADMISSION: TopicFacts(
        "入驻审核", "入驻通过、退回、暂停，复核，商品被平台下架", by_mail=True, needed=True
    ),
    Topic.PAPERS: TopicFacts("证照到期", "证照到期前 60、30、7 天提醒", by_mail=True),
    Topic.APPLICATION: TopicFacts("认定申报", "我的申报走到哪一步、退回要补什么", by_mail=True, needed=True),
    Topic.REVIEW: TopicFacts("待我审核", "有申报到了我这一级、快到期或已逾期", needed=True),
    Topic.OBJECTION: TopicFacts("公示异议", "收到异议、异议办结", by_mail=True, needed=True),
    Topic.CERTIFICATE: TopicFacts("证书", "发证、到期提醒、暂停与撤销", by_mail=True, needed=True),
    Topic.LINKAGE: TopicFacts("利益联结", "协议生效、工时表待确认、批次调整"),
    Topic.MONITORING: TopicFacts("联结监测", "承诺与实际差得多的协议"),
    Topic.ORDER: TopicFacts("订单", "发货、到货、取消"),
    Topic.AFTER_SALES: TopicFacts("售后", "退款申请与处理结果，评价、提问和答复", by_mail=True),
    Topic.PURCHASE: TopicFacts("单位采购", "采购单待审批、待付款", by_mail=True, needed=True),
    Topic.PAYOUT: TopicFacts("打款", "到期待打款、已到账待确认"),
    Topic.REGISTER: TopicFacts("名册", "导入办完、银行账户变更待确认", needed=True),
    Topic.RESTOCK: TopicFacts("到货提醒", "您点过“到货告诉我”的又有货了", by_mail=True),
}
