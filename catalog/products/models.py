"""Listings, their pictures and SKUs."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.products.selling_rules import Packing
from catalog.products.workflow import ListingState
from marketplace.kernel.columns import UtcDateTime, enum_type
from marketplace.kernel.db import Base


class Listing(Base):
    """``county_code`` and ``category_code`` repeat the declared product's, for lists without joins; ``from_price_fen``,
    ``from_income_fen``, ``from_jin_fen`` (what half a kilo of it costs, 0 where it is not sold by weight) and
    ``cover_token`` repeat the cheapest SKU's and the first picture's, ``presale_until`` the last of its SKUs', kept by
    commands; ``from_income_bp`` is the income's part of that price in ten-thousandths, for a list in its order."""

    __tablename__ = "listings"
    __table_args__ = (
        Index("ix_listings_category_sale", "state", "category_code", "sold_units"),
        Index("ix_listings_category_price", "state", "category_code", "from_price_fen"),
        Index("ix_listings_category_income", "state", "category_code", "from_income_fen"),
        Index("ix_listings_category_share", "state", "category_code", "from_income_bp"),
        Index("ix_listings_category_new", "state", "category_code", "first_on_sale_at"),
        Index("ix_listings_sale_new", "state", "first_on_sale_at"),
        Index("ix_listings_county", "state", "county_code", "sold_units"),
        Index("ix_listings_sold", "state", "sold_units"),
        CheckConstraint("(sale_from = '') = (sale_until = '')", name="season"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("declared_products.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"), index=True)
    category_code: Mapped[str] = mapped_column(ForeignKey("categories.code"))
    county_code: Mapped[str] = mapped_column(ForeignKey("regions.code"))
    state: Mapped[ListingState] = mapped_column(enum_type(ListingState))
    title: Mapped[str] = mapped_column(String(60))
    subtitle: Mapped[str] = mapped_column(String(120), default="")
    description: Mapped[str] = mapped_column(Text, default="")
    #: [[label, value], …] shown as 规格与保存
    specs: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    #: the names of the two lists of words its packings are chosen by (``axis_rules``); empty: they are one list
    axes: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    #: months 1–12 in which it is in season; empty: all year
    season_months: Mapped[list[int]] = mapped_column(JSON, default=list)
    #: first and last day of every year on which it is sold, ``MM-DD``; both empty: all year
    sale_from: Mapped[str] = mapped_column(String(5), default="", server_default="")
    sale_until: Mapped[str] = mapped_column(String(5), default="", server_default="")
    cover_token: Mapped[str | None] = mapped_column(String(40))
    from_price_fen: Mapped[int] = mapped_column(default=0)
    from_income_fen: Mapped[int] = mapped_column(default=0)
    from_income_bp: Mapped[int] = mapped_column(default=0)
    from_sku_name: Mapped[str] = mapped_column(String(60), default="")
    from_jin_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    presale_until: Mapped[date | None]
    sold_units: Mapped[int] = mapped_column(default=0)
    first_on_sale_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ListingPicture(Base):
    __tablename__ = "listing_pictures"
    __table_args__ = (UniqueConstraint("listing_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"))
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"), index=True)
    position: Mapped[int]
    alt: Mapped[str] = mapped_column(String(80))


class SupplierPicture(Base):
    """图片库: a picture its supplier may use for any of its listings. Every picture of a listing is in it; ``name`` is
    what the picture is called there and the words a listing begins with."""

    __tablename__ = "supplier_pictures"
    __table_args__ = (
        UniqueConstraint("supplier_id", "media_id"),
        Index("ix_supplier_pictures_added", "supplier_id", "added_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("suppliers.id"))
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    name: Mapped[str] = mapped_column(String(80))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ListingVideo(Base):
    """The one video a listing may have."""

    __tablename__ = "listing_videos"

    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"), unique=True)


class Sku(Base):
    """A packing: ``grams`` net weight of one unit, ``price_fen`` per unit, ``projected_income_fen`` what one unit
    would bring households now (refreshed when terms, price or the first lot change). The rest is what
    ``selling_rules.Selling`` says."""

    __tablename__ = "skus"
    __table_args__ = (
        CheckConstraint("price_fen > 0 AND grams > 0", name="price_weight"),
        CheckConstraint("tolerance_grams BETWEEN 0 AND grams", name="tolerance"),
        CheckConstraint("limit_units BETWEEN 1 AND 9999 AND limit_days BETWEEN 0 AND 366", name="limit"),
        CheckConstraint(
            "(presale_until IS NULL) = (ship_by IS NULL) AND (ship_by IS NULL OR ship_by >= presale_until)",
            name="presale",
        ),
        UniqueConstraint("listing_id", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    grams: Mapped[int]
    price_fen: Mapped[int]
    projected_income_fen: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    is_active: Mapped[bool] = mapped_column(default=True)
    #: of the same listing's
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("listing_pictures.id"), index=True)
    packing: Mapped[Packing] = mapped_column(
        enum_type(Packing), default=Packing.PIECE, server_default=Packing.PIECE.value
    )
    tolerance_grams: Mapped[int | None]
    limit_units: Mapped[int | None]
    limit_days: Mapped[int] = mapped_column(default=0, server_default="0")
    presale_until: Mapped[date | None]
    ship_by: Mapped[date | None]


class Withholding(Base):
    """The platform took a listing off sale: why, and how it ended. One open row at most; ended rows stay."""

    __tablename__ = "withholdings"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        Index(
            "uq_withholdings_open",
            "listing_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(ForeignKey("listings.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    #: whether it goes back on sale by itself when the withholding ends
    was_on_sale: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    end_reason: Mapped[str] = mapped_column(String(200), default="")


class TierPrice(Base):
    """What a partner unit pays per unit from ``min_units`` on; never below the SKU's floor price."""

    __tablename__ = "tier_prices"
    __table_args__ = (
        CheckConstraint("min_units > 1 AND price_fen > 0", name="amounts"),
        UniqueConstraint("sku_id", "min_units"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("skus.id"))
    min_units: Mapped[int]
    price_fen: Mapped[int]
