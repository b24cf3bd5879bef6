"""The invariants of coupons and settlement bills. See ``checks``."""

from orders.ledger.checks import Check

#: what a coupon's counters say beside the uses that are live
_COUPONS = """
SELECT c.id, c.used_count, c.used_fen, COALESCE(u.uses, 0) AS uses, COALESCE(u.fen, 0) AS fen FROM coupons c
LEFT JOIN (
    SELECT coupon_id, COUNT(DISTINCT checkout_id) AS uses, SUM(fen) AS fen FROM coupon_uses
    WHERE freed_at IS NULL GROUP BY coupon_id
) u ON u.coupon_id = c.id
WHERE c.used_count <> COALESCE(u.uses, 0) OR c.used_fen <> COALESCE(u.fen, 0)
   OR c.used_count > c.total_count OR c.used_fen > c.budget_fen
"""

_HOLDERS = """
SELECT c.id, h.used, COALESCE(u.uses, 0) AS uses, c.per_person
FROM coupon_holders h JOIN coupons c ON c.id = h.coupon_id
LEFT JOIN (
    SELECT coupon_id, holder, COUNT(DISTINCT checkout_id) AS uses FROM coupon_uses
    WHERE freed_at IS NULL GROUP BY coupon_id, holder
) u ON u.coupon_id = h.coupon_id AND u.holder = h.holder
WHERE h.used <> COALESCE(u.uses, 0) OR h.used > c.per_person
"""

#: a cancelled order holds no coupon, any other one holds what its discount says
_COUPON_ORDERS = """
SELECT o.number, o.state, o.discount_fen, COALESCE(l.fen, 0) AS lines, COALESCE(u.fen, 0) AS fen,
       COALESCE(u.held, 0) AS held
FROM orders o
LEFT JOIN (SELECT order_id, SUM(discount_fen + subsidy_fen) AS fen FROM order_lines GROUP BY order_id) l
    ON l.order_id = o.id
LEFT JOIN (
    SELECT order_id, SUM(fen) AS fen, COUNT(*) FILTER (WHERE freed_at IS NULL) AS held
    FROM coupon_uses GROUP BY order_id
) u ON u.order_id = o.id
WHERE o.discount_fen <> COALESCE(l.fen, 0) OR o.discount_fen <> COALESCE(u.fen, 0)
   OR (o.state = 'cancelled' AND COALESCE(u.held, 0) > 0)
   OR (o.state <> 'cancelled' AND o.discount_fen > 0 AND COALESCE(u.held, 0) = 0)
"""

COUPONS = (
    Check(
        "I8",
        "券 {id}",
        "券 {id} 写着用了 {used_count} 次、{used_fen} 分，按在用的订单应为 {uses} 次、{fen} 分，或超了上限",
        _COUPONS,
    ),
    Check(
        "I8",
        "券 {id}",
        "券 {id} 有一位买家写着用了 {used} 次，按在用的订单是 {uses} 次，每人限 {per_person} 次",
        _HOLDERS,
    ),
    Check(
        "I8",
        "订单 {number}",
        "订单 {number}（{state}）优惠 {discount_fen} 分，各行合计 {lines} 分，用券合计 {fen} 分，占着 {held} 张券",
        _COUPON_ORDERS,
    ),
)

#: what a bill froze and what its period's postings say
_BILLS = """
SELECT b.id, b.number, b.received_fen, b.subsidy_fen, b.fee_fen, b.outlet_fee_fen, b.freight_fen,
       COALESCE(s.received, 0) AS received, COALESCE(s.subsidy, 0) AS subsidy, COALESCE(s.fee, 0) AS fee,
       COALESCE(s.outlet, 0) AS outlet, COALESCE(s.freight, 0) AS freight
FROM settlement_bills b
LEFT JOIN (
    SELECT k.id, SUM(p.fen) FILTER (WHERE p.account_kind = 'funds') AS received,
           SUM(p.fen) FILTER (WHERE p.account_kind = 'subsidy') AS subsidy,
           -SUM(p.fen) FILTER (WHERE p.account_kind = 'platform_fee') AS fee,
           -SUM(p.fen) FILTER (WHERE p.account_kind = 'outlet_fee') AS outlet,
           -SUM(p.fen) FILTER (WHERE p.account_kind = 'freight_due') AS freight
    FROM postings p JOIN settlement_bills k
        ON k.supplier_id = p.supplier_id AND p.at >= k.starts_at AND p.at < k.ends_at
    WHERE p.order_id IS NOT NULL
        AND p.account_kind IN ('funds', 'subsidy', 'platform_fee', 'outlet_fee', 'freight_due')
    GROUP BY k.id
) s ON s.id = b.id
WHERE b.received_fen <> COALESCE(s.received, 0) OR b.subsidy_fen <> COALESCE(s.subsidy, 0)
   OR b.fee_fen <> COALESCE(s.fee, 0) OR b.outlet_fee_fen <> COALESCE(s.outlet, 0)
   OR b.freight_fen <> COALESCE(s.freight, 0)
"""

#: two bills of one supplier never share a day
_BILLED_TWICE = """
SELECT a.number, b.number AS other FROM settlement_bills a JOIN settlement_bills b
    ON b.supplier_id = a.supplier_id AND b.id > a.id AND b.first_day <= a.last_day AND a.first_day <= b.last_day
"""

BILLS = (
    Check(
        "I6",
        "结算单 {number}",
        "结算单 {number} 写 收款 {received_fen}、补贴 {subsidy_fen}、服务费 {fee_fen}、佣金 {outlet_fee_fen}、"
        "运费 {freight_fen}，账上是 {received}、{subsidy}、{fee}、{outlet}、{freight}",
        _BILLS,
    ),
    Check("I6", "结算单 {number}", "结算单 {number} 和 {other} 有同一天", _BILLED_TWICE),
)
