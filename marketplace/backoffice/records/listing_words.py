"""What happened to listings, in words."""

LISTING_ACTIONS = {
    "listing.picture_add": "加商品图片",
    "listing.picture_remove": "删商品图片",
    "listing.tiers": "改批量价",
    "listing.create": "建商品",
    "listing.edit": "改商品",
    "listing.attributes": "改商品属性",
    "listing.sku": "改规格",
    "listing.put_on_sale": "上架",
    "listing.take_off_sale": "下架",
    "listing.mispriced": "售价不够付农户，系统停卖",
}
