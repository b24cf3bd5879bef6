"""Routes of the supplier's shelf."""

from marketplace.accounts.policies import Permission
from marketplace.kernel.videos import MAX_BYTES as MAX_VIDEO_BYTES
from marketplace.kernel.web import Route
from supplier_portal.listings import library_views, lot_views, set_views, table_views, video_views, views

MEMBER = Permission.SUPPLIER
FORM = ("GET", "POST")
POST = ("POST",)
AT = "/supplier/listings/<int:listing_id>"

LISTINGS = [
    Route("/supplier/listings", "supplier.listings", views.index, MEMBER),
    Route("/supplier/listings/new", "supplier.listing_new", views.new, MEMBER, FORM),
    Route("/supplier/listings/table", "supplier.listing_table", table_views.table, MEMBER, FORM),
    Route("/supplier/listings/table.xlsx", "supplier.listing_table_export", table_views.export, MEMBER),
    Route(
        "/supplier/listings/import", "supplier.listing_table_import", table_views.hand_in_table, MEMBER, FORM
    ),
    Route("/supplier/listings/import.xlsx", "supplier.listing_table_template", table_views.template, MEMBER),
    Route(AT, "supplier.listing", views.show, MEMBER, FORM),
    Route(f"{AT}/sale", "supplier.listing_sale", views.sale, MEMBER, POST),
    Route(f"{AT}/skus/new", "supplier.listing_sku_new", views.sku, MEMBER, FORM),
    Route(f"{AT}/skus/set", "supplier.listing_sku_set", set_views.show, MEMBER, FORM),
    Route(f"{AT}/skus/axes", "supplier.listing_axes", set_views.choosing, MEMBER, POST),
    Route(f"{AT}/skus/<int:sku_id>", "supplier.listing_sku", views.sku, MEMBER, FORM),
    Route(f"{AT}/skus/<int:sku_id>/tiers", "supplier.listing_tiers", views.tiers, MEMBER, POST),
    Route(f"{AT}/pictures", "supplier.listing_picture_add", views.picture_add, MEMBER, POST),
    Route(f"{AT}/pictures/take", "supplier.listing_picture_take", library_views.take, MEMBER, FORM),
    Route(f"{AT}/pictures/<int:picture_id>", "supplier.listing_picture", views.picture, MEMBER, POST),
    Route(f"{AT}/video", "supplier.listing_video", video_views.put, MEMBER, POST, MAX_VIDEO_BYTES),
    Route(f"{AT}/video/remove", "supplier.listing_video_remove", video_views.remove, MEMBER, POST),
    Route("/supplier/pictures", "supplier.pictures", library_views.index, MEMBER),
    Route("/supplier/pictures/new", "supplier.picture_new", library_views.new, MEMBER, FORM),
    Route("/supplier/pictures/<int:picture_id>", "supplier.picture", library_views.show, MEMBER, FORM),
    Route(
        "/supplier/pictures/<int:picture_id>/delete",
        "supplier.picture_delete",
        library_views.delete,
        MEMBER,
        POST,
    ),
    Route("/supplier/lots", "supplier.lots", lot_views.index, MEMBER),
    Route("/supplier/lots/new", "supplier.lot_new", lot_views.new, MEMBER, FORM),
    Route("/supplier/lots/<int:lot_id>", "supplier.lot", lot_views.show, MEMBER),
    Route("/supplier/lots/<int:lot_id>/spoil", "supplier.lot_spoil", lot_views.spoil, MEMBER, POST),
    Route("/supplier/lots/<int:lot_id>/receipt", "supplier.lot_receipt", lot_views.receipt, MEMBER),
    Route("/supplier/lots/<int:lot_id>/voucher", "supplier.lot_voucher", lot_views.voucher, MEMBER),
    Route("/supplier/skus/<int:sku_id>/stock", "supplier.listing_stock", lot_views.receive, MEMBER, FORM),
    Route("/supplier/stock/<int:stock_row_id>", "supplier.lot_adjust", lot_views.adjust, MEMBER, FORM),
]
