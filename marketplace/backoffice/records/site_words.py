"""What is said in the records of things that happen on site: parcels fetched at outlets, visits."""

SITE_AREAS = {"pickup": "网点取件", "visit": "采摘民宿", "help_card": "助农年度卡", "attribute": "商品属性"}
SITE_ACTIONS = {
    "pickup.arrive": "登记到店",
    "pickup.hand_over": "凭取件码交付",
    "pickup.wrong_code": "取件码错了",
    "attribute.add": "加商品属性",
    "attribute.change": "改商品属性",
    "attribute.retire": "停用商品属性",
    "attribute.restore": "恢复商品属性",
    "attribute.remove": "删商品属性",
    "help_card.share": "把年度卡发给别人看",
    "help_card.take_back": "收回年度卡",
    "visit.offer": "改接待信息",
    "visit.days": "开放日期",
    "visit.close_days": "日期不开放",
    "visit.move": "预订改期",
    "visit.redeem": "到店核销",
    "visit.wrong_code": "核销码错了",
    "order.redeem": "到店核销，视为收货",
    "order.lapse": "过期没核销，视为已到店",
}
SITE_SUBJECTS = {
    "pickup_code": "取件码",
    "visit_code": "核销码",
    "help_card": "助农年度卡",
    "attribute": "商品属性",
}
