"""Loading the demo: one transaction, so that a killed load leaves nothing, and then the books are checked."""

from sqlalchemy import func, select

from marketplace.accounts.models import User
from marketplace.accounts.passwords import hash_password
from marketplace.demo.build.catalog import build_catalog
from marketplace.demo.build.certification import build_certification
from marketplace.demo.build.history import build_history
from marketplace.demo.build.outlets import build_outlets
from marketplace.demo.build.partners import build_partners
from marketplace.demo.build.people import build_people
from marketplace.demo.build.world import Progress, World
from marketplace.demo.content.households import households
from marketplace.demo.content.loader import load
from marketplace.demo.content.lots_plan import plan_lots
from marketplace.demo.content.orders_plan import SEED, plan_orders
from marketplace.demo.content.purchases_plan import plan_purchases
from marketplace.demo.live import load_live
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.media import Media, store_document_bytes
from marketplace.kernel.numbering import NumberSeries
from marketplace.kernel.transaction import transactional
from orders.ledger.verification import verify

PAPER = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 98>>stream
BT /F1 18 Tf 60 420 Td (DEMO DOCUMENT) Tj 0 -28 Td /F1 11 Tf (Invented, not a real paper.) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


def load_all(progress: Progress) -> dict[str, int]:
    """The history, then what goes through the commands; returns how many rows of the main things were made."""
    counts = load_demo(progress)
    load_live(PAPER, progress)
    findings = verify()
    if findings:
        raise RuntimeError("\n".join(str(finding) for finding in findings))
    return counts


def is_empty() -> bool:
    """Whether nobody has an account here yet."""
    return not db.session.scalar(select(func.count()).select_from(User))


@transactional
def load_demo(progress: Progress) -> dict[str, int]:
    """Fill an empty shop; returns how many rows of the main things were made.

    Raises Conflict("demo.not_empty") where somebody has an account already.
    """
    if not is_empty():
        raise Conflict("demo.not_empty")
    content, now = load(), clock.now()
    purchases, bulk_orders = plan_purchases(content, now)
    orders = sorted([*plan_orders(content, now), *bulk_orders], key=lambda order: order.at.placed_at)
    world = World(
        content=content,
        now=now,
        orders=orders,
        planned_lots=plan_lots(content, orders, now),
        planned_households={household.code: household for household in households(content)},
        purchases=purchases,
        progress=progress,
        seed=SEED,
        password_hash=hash_password(content.password),
    )
    paper = _paper()
    build_people(world, paper)
    build_partners(world, paper)
    build_outlets(world)
    world.rows.write()
    build_certification(world, paper)
    build_catalog(world)
    build_history(world, paper)
    db.session.add_all(NumberSeries(name=name, last=last) for name, last in world.numbers.items())
    return {
        "供应商": len(world.suppliers),
        "农户": len(world.households),
        "认定产品": len(world.products),
        "订单": len(orders),
        "批次": len(world.lots),
        "包扶单位": len(world.units),
        "采购单": len(world.purchases),
        "网点": len(world.outlets),
    }


def _paper() -> Media:
    return store_document_bytes(PAPER, "demo.pdf", None)
