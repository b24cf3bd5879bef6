"""What a page says of itself where its address is passed on: the tags other programs read, and schema.org data.

Addresses are whole and built from the configured public one; nothing of who asks is in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app

from catalog.products.queries import PictureRow, SkuRow
from catalog.products.selling_rules import closed_for
from catalog.reviews.rules import Scores
from marketplace.kernel import clock
from marketplace.kernel.media import media_url, video_url
from marketplace.kernel.settings import Settings
from marketplace.presentation import link
from marketplace.storefront.product_queries import ProductFacts
from marketplace.storefront.shared import CategoryRow

#: Longer texts are cut by whoever shows them, at a worse place.
LONGEST_TEXT = 120
_SCHEMA = "https://schema.org/"


@dataclass(frozen=True, slots=True)
class SharedPage:
    """``kind`` is Open Graph's type; ``image`` is empty where there is no picture worth showing."""

    title: str
    text: str
    url: str
    image: str = ""
    kind: str = "website"


def shared_page(title: str, text: str, path: str, image: str = "", kind: str = "website") -> SharedPage:
    """``path`` and ``image`` are addresses in the shop."""
    return SharedPage(title, _short(text), public(path), public(image) if image else "", kind)


def public(path: str) -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.public_url.rstrip("/") + path


def shared_product(facts: ProductFacts, pictures: Sequence[PictureRow]) -> SharedPage:
    text = facts.subtitle or facts.description or facts.product_name
    image = media_url(pictures[0].token, 640) if pictures else ""
    return shared_page(facts.title, text, _path(facts), image, "product")


def product_data(
    facts: ProductFacts,
    skus: Sequence[SkuRow],
    pictures: Sequence[PictureRow],
    above: Sequence[CategoryRow],
    scores: Scores,
) -> dict[str, Any]:
    """The product and its way down from the first page, as schema.org has them; ``above`` are its categories."""
    product = _product(facts, skus, pictures)
    if scores.reviews:
        product["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": scores.goods,
            "reviewCount": scores.reviews,
            "bestRating": 5,
        }
    graph = [product, *_video(facts, pictures), _way(facts, above)]
    return {"@context": "https://schema.org", "@graph": graph}


def _video(facts: ProductFacts, pictures: Sequence[PictureRow]) -> list[dict[str, Any]]:
    """The video, where it has all that is required of one: name, thumbnail and the day of its upload."""
    if facts.video_token is None or facts.video_at is None or not pictures:
        return []
    return [
        {
            "@type": "VideoObject",
            "name": facts.title,
            "description": _short(facts.description or facts.subtitle or facts.product_name),
            "thumbnailUrl": [public(media_url(pictures[0].token, 640))],
            "uploadDate": facts.video_at.isoformat(timespec="seconds"),
            "contentUrl": public(video_url(facts.video_token)),
        }
    ]


def _product(facts: ProductFacts, skus: Sequence[SkuRow], pictures: Sequence[PictureRow]) -> dict[str, Any]:
    seller = {"@type": "Organization", "name": facts.seller}
    return {
        "@type": "Product",
        "name": f"{facts.title} {facts.subtitle}".strip(),
        "description": _short(facts.description or facts.subtitle or facts.product_name),
        "image": [public(media_url(each.token, 640)) for each in pictures],
        "sku": str(facts.listing_id),
        "category": facts.category_name,
        "brand": {"@type": "Brand", "name": facts.seller},
        "url": public(_path(facts)),
        "offers": [
            {
                "@type": "Offer",
                "name": sku.name,
                "sku": str(sku.sku_id),
                "url": f"{public(_path(facts))}?sku={sku.sku_id}",
                "price": _yuan(sku.price_fen),
                "priceCurrency": "CNY",
                "availability": _SCHEMA + _availability(facts, sku),
                "seller": seller,
            }
            for sku in skus
        ],
    }


def _availability(facts: ProductFacts, sku: SkuRow) -> str:
    if sku.available < 1 or closed_for(facts.season, sku.presale_until, clock.today()) is not None:
        return "OutOfStock"
    return "InStock" if sku.ship_by is None else "PreOrder"


def _way(facts: ProductFacts, above: Sequence[CategoryRow]) -> dict[str, Any]:
    steps = [("首页", link("home.show"))]
    steps += [(row.name, link("category.show", code=row.code)) for row in above]
    steps.append((facts.title, _path(facts)))
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": public(path)}
            for number, (name, path) in enumerate(steps, 1)
        ],
    }


def _path(facts: ProductFacts) -> str:
    return link("products.show", listing_id=facts.listing_id)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_TEXT else flat[: LONGEST_TEXT - 1] + "…"
