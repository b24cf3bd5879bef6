"""The invariants of what surrounds the ledger: orders, stock, money on its way back, events. See ``checks``."""

from orders.ledger.checks import Check

#: CROSS JOIN: SQLite then begins with the few postings reversed, not with every share
_LOT_BOOKING = """
SELECT r.id, r.booked_income_fen, COALESCE(b.fen, 0) + COALESCE(k.fen, 0) AS fen FROM stock_rows r
LEFT JOIN (
    SELECT li.lot_id, SUM(
        CASE WHEN o.state = 'placed' OR pay.state = 'paid' OR o.pays_later
             THEN li.fen - CAST(li.fen AS BIGINT) * COALESCE(a.returned_units, 0) / COALESCE(a.units, 1)
             ELSE 0 END) AS fen
    FROM line_incomes li JOIN order_lines l ON l.id = li.line_id JOIN orders o ON o.id = l.order_id
    LEFT JOIN payments pay ON pay.order_id = o.id
    LEFT JOIN line_allocations a ON a.line_id = li.line_id AND +a.lot_id = li.lot_id
    WHERE li.lot_id IS NOT NULL GROUP BY li.lot_id
) b ON b.lot_id = r.lot_id
LEFT JOIN (
    SELECT li.lot_id, -SUM(p.fen) AS fen FROM postings p CROSS JOIN line_incomes li
    WHERE p.income_state = 'reversed_after_payout' AND li.id = p.line_income_id AND li.lot_id IS NOT NULL
    GROUP BY li.lot_id
) k ON k.lot_id = r.lot_id
WHERE r.lot_id IS NOT NULL AND r.booked_income_fen <> COALESCE(b.fen, 0) + COALESCE(k.fen, 0)
"""

_STOCK_USE = """
SELECT r.id, r.reserved, r.sold, r.restocked, COALESCE(u.reserved, 0) AS open_units, COALESCE(u.sold, 0) AS sold_units,
       COALESCE(u.returned, 0) AS returned_units
FROM stock_rows r
LEFT JOIN (
    SELECT a.stock_row_id, SUM(a.units) FILTER (WHERE o.state = 'placed') AS reserved,
           SUM(a.units) FILTER (WHERE pay.state = 'paid' OR (o.pays_later AND o.state <> 'placed')) AS sold,
           SUM(a.returned_units) AS returned
    FROM line_allocations a JOIN order_lines l ON l.id = a.line_id JOIN orders o ON o.id = l.order_id
    LEFT JOIN payments pay ON pay.order_id = o.id GROUP BY a.stock_row_id
) u ON u.stock_row_id = r.id
WHERE r.reserved <> COALESCE(u.reserved, 0) OR r.sold <> COALESCE(u.sold, 0) OR r.restocked <> COALESCE(u.returned, 0)
"""

#: the last that had happened to the certificate when the order was placed; what happened since is no matter
_STOPPED_THEN = """
SELECT l.id, o.number, c.number AS certificate, s.to_state AS state
FROM certificate_steps s JOIN certificates c ON c.id = s.certificate_id
JOIN order_lines l ON l.certificate_id = s.certificate_id JOIN orders o ON o.id = l.order_id
WHERE s.to_state <> 'in_force' AND s.at < o.placed_at AND NOT EXISTS (
    SELECT 1 FROM certificate_steps t
    WHERE t.certificate_id = s.certificate_id AND t.id > s.id AND t.at <= o.placed_at)
"""

_STOCK_MOVES = """
SELECT r.id FROM stock_rows r
LEFT JOIN (
    SELECT m.stock_row_id,
           SUM(m.units) FILTER (WHERE m.kind = 'receive') AS received,
           SUM(m.units) FILTER (WHERE m.kind = 'restock') AS restocked,
           SUM(m.units) FILTER (WHERE m.kind = 'sell') AS sold,
           SUM(m.units) FILTER (WHERE m.kind = 'adjust') AS adjusted,
           SUM(CASE m.kind WHEN 'reserve' THEN m.units WHEN 'release' THEN -m.units WHEN 'sell' THEN -m.units
               ELSE 0 END) AS reserved
    FROM stock_movements m GROUP BY m.stock_row_id
) s ON s.stock_row_id = r.id
WHERE r.received <> COALESCE(s.received, 0) OR r.restocked <> COALESCE(s.restocked, 0)
   OR r.sold <> COALESCE(s.sold, 0) OR r.adjusted <> COALESCE(s.adjusted, 0) OR r.reserved <> COALESCE(s.reserved, 0)
"""


ORDERS = (
    Check(
        "I2",
        "订单 {number}",
        "订单 {number} 已经是 {state}，却没有付款（{payment}），也不是先货后款",
        "SELECT o.number, o.state, COALESCE(pay.state, '') AS payment FROM orders o "
        "LEFT JOIN payments pay ON pay.order_id = o.id WHERE COALESCE(pay.state, '') <> 'paid' "
        "AND (o.state = 'completed' OR (o.state NOT IN ('placed', 'cancelled') AND NOT o.pays_later))",
    ),
    Check(
        "I2",
        "订单 {number}",
        "订单 {number} 先货后款，却不是单位采购单下的，或者没有放行（{state}）",
        "SELECT o.number, o.state FROM orders o WHERE o.pays_later "
        "AND (o.purchase_order_id IS NULL OR o.unit_id IS NULL OR o.state = 'placed')",
    ),
    Check(
        "I6",
        "订单 {number}",
        "订单 {number}：行合计 {goods}（买家付 {net}），商品 {goods_fen}、优惠 {discount_fen}、运费 {freight_fen}、"
        "总额 {total_fen} 对不上",
        "SELECT o.number, o.goods_fen, o.discount_fen, o.freight_fen, o.total_fen, COALESCE(s.goods, 0) AS goods, "
        "COALESCE(s.net, 0) AS net FROM orders o LEFT JOIN (SELECT order_id, "
        "SUM(CAST(unit_price_fen AS BIGINT) * units) AS goods, SUM(net_fen - subsidy_fen) AS net FROM order_lines "
        "GROUP BY order_id) s ON s.order_id = o.id "
        "WHERE COALESCE(s.goods, 0) <> o.goods_fen OR COALESCE(s.net, 0) <> o.goods_fen - o.discount_fen "
        "OR o.total_fen <> o.goods_fen + o.freight_fen - o.discount_fen",
    ),
    Check(
        "I6",
        "订单行 {id}",
        "订单 {number} 的行 {id}：{units} 份 × {unit_price_fen}，供应商优惠 {discount_fen}，净额 {net_fen} 对不上",
        "SELECT l.id, o.number, l.units, l.unit_price_fen, l.discount_fen, l.net_fen FROM order_lines l "
        "JOIN orders o ON o.id = l.order_id "
        "WHERE CAST(l.unit_price_fen AS BIGINT) * l.units - l.discount_fen <> l.net_fen",
    ),
    Check(
        "I6",
        "结算单 {id}",
        "结算单 {id} 确认的金额 {total_fen}，各订单合计 {fen}",
        "SELECT c.id, c.total_fen, COALESCE(s.fen, 0) AS fen FROM checkouts c LEFT JOIN (SELECT checkout_id, "
        "SUM(total_fen) AS fen FROM orders GROUP BY checkout_id) s ON s.checkout_id = c.id "
        "WHERE c.total_fen <> COALESCE(s.fen, 0)",
    ),
    Check(
        "I6",
        "付款会话 {id}",
        "付款会话 {id} 的金额 {amount_fen}，分账合计 {split}，各订单合计 {orders}",
        "{session_sums}",
    ),
    Check(
        "I6",
        "订单 {number}",
        "订单 {number}：应付 {total_fen}，付款单 {amount_fen}，实收 {captured_fen}（{state}）",
        "SELECT o.number, o.total_fen, p.amount_fen, p.captured_fen, p.state FROM orders o "
        "JOIN payments p ON p.order_id = o.id WHERE p.amount_fen <> o.total_fen "
        "OR p.captured_fen <> CASE WHEN p.state = 'paid' THEN p.amount_fen ELSE 0 END",
    ),
    Check(
        "I5",
        "订单 {number}",
        "订单 {number}：已退 {refunded_fen}，实收 {captured_fen}，已同意的退款合计 {fen}，退款记账 {posted}",
        "SELECT o.number, p.refunded_fen, p.captured_fen, COALESCE(r.fen, 0) AS fen, COALESCE(e.fen, 0) AS posted "
        "FROM payments p JOIN orders o ON o.id = p.order_id LEFT JOIN (SELECT order_id, SUM(amount_fen) AS fen "
        "FROM refunds WHERE state IN ('approved', 'sent', 'done') GROUP BY order_id) r ON r.order_id = o.id "
        "LEFT JOIN (SELECT je.order_id, -SUM(q.fen) AS fen FROM journal_entries je JOIN postings q "
        "ON q.entry_id = je.id AND q.account_kind = 'funds' WHERE je.kind = 'refund' GROUP BY je.order_id) e "
        "ON e.order_id = o.id WHERE p.refunded_fen < 0 OR p.refunded_fen > p.captured_fen "
        "OR p.refunded_fen <> COALESCE(r.fen, 0) OR COALESCE(r.fen, 0) <> COALESCE(e.fen, 0)",
    ),
    Check(
        "I7",
        "订单行 {id}",
        "订单 {number} 的行 {id}：农户份额合计 {shares}，行上写 {income_fen}；净额 {net_fen}，平台费 {fee_fen}",
        "SELECT l.id, o.number, l.income_fen, l.net_fen, l.fee_fen, COALESCE(s.fen, 0) AS shares FROM order_lines l "
        "JOIN orders o ON o.id = l.order_id LEFT JOIN (SELECT line_id, SUM(fen) AS fen FROM line_incomes "
        "GROUP BY line_id) s ON s.line_id = l.id WHERE COALESCE(s.fen, 0) <> l.income_fen "
        "OR l.income_fen + l.fee_fen > l.net_fen",
    ),
    Check(
        "I7",
        "订单行 {id}",
        "订单 {number} 的行 {id}：占用库存合计 {allocated} 份、退回 {returned} 份，"
        "行上写 {units} 份、退 {refunded_units} 份",
        "SELECT l.id, o.number, l.units, l.refunded_units, COALESCE(a.units, 0) AS allocated, "
        "COALESCE(a.returned, 0) AS returned FROM order_lines l JOIN orders o ON o.id = l.order_id "
        "LEFT JOIN (SELECT line_id, SUM(units) AS units, SUM(returned_units) AS returned FROM line_allocations "
        "GROUP BY line_id) a ON a.line_id = l.id WHERE COALESCE(a.units, 0) <> l.units "
        "OR COALESCE(a.returned, 0) <> l.refunded_units",
    ),
    Check(
        "I7",
        "农户份额 {id}",
        "农户份额 {id} 来自批次 {lot_id} 的 {lot_units} 份，但这一行从该批次取了 {units} 份",
        "SELECT li.id, li.lot_id, li.lot_units, COALESCE(a.units, 0) AS units FROM line_incomes li "
        "LEFT JOIN line_allocations a ON a.line_id = li.line_id AND +a.lot_id = li.lot_id "
        "WHERE li.lot_id IS NOT NULL AND COALESCE(a.units, 0) <> COALESCE(li.lot_units, 0)",
    ),
    Check(
        "I7",
        "打款单 {number}",
        "打款单 {number} 写 {amount_fen} 分，明细合计 {fen} 分",
        "SELECT d.number, d.amount_fen, COALESCE(s.fen, 0) AS fen FROM disbursements d LEFT JOIN (SELECT "
        "disbursement_id, SUM(fen) AS fen FROM disbursement_rows GROUP BY disbursement_id) s "
        "ON s.disbursement_id = d.id WHERE d.amount_fen <> COALESCE(s.fen, 0)",
    ),
    Check(
        "I13",
        "订单行 {id}",
        "订单 {number} 的行 {id} 下单时，证书 {certificate} 不在有效期内或不是这个产品的",
        "SELECT l.id, o.number, c.number AS certificate FROM order_lines l JOIN orders o ON o.id = l.order_id "
        "JOIN certificates c ON c.id = l.certificate_id WHERE c.product_id <> l.product_id "
        "OR c.issued_at > o.placed_at OR {placed_day} < c.valid_from OR {placed_day} > c.valid_until",
    ),
    Check(
        "I13",
        "订单行 {id}",
        "订单 {number} 的行 {id} 下单时，证书 {certificate} 已经不是有效的（{state}）",
        _STOPPED_THEN,
    ),
)

STOCK = (
    Check(
        "I3",
        "库存行 {id}",
        "库存行 {id}：收 {received} + 回 {restocked} − 卖 {sold} + 调 {adjusted} ≠ 可售 {available} + 占用 {reserved}",
        "SELECT id, received, restocked, sold, adjusted, available, reserved FROM stock_rows "
        "WHERE received + restocked - sold + adjusted <> available + reserved OR received < 0 OR restocked < 0 "
        "OR sold < 0 OR available < 0 OR reserved < 0",
    ),
    Check("I3", "库存行 {id}", "库存行 {id} 的数字与它的流水合计对不上", _STOCK_MOVES),
    Check(
        "I3",
        "批次 {number}",
        "批次 {number} 写 {units} 份，库存收到 {received} 份",
        "SELECT t.number, t.units, r.received FROM supply_lots t JOIN stock_rows r ON r.lot_id = t.id "
        "WHERE r.received <> t.units OR r.sku_id <> t.sku_id",
    ),
    Check(
        "I4",
        "库存行 {id}",
        "库存行 {id}：占用 {reserved}、卖出 {sold}、退回 {restocked}，"
        "按订单应为 {open_units}、{sold_units}、{returned_units}",
        _STOCK_USE,
    ),
    Check(
        "I4",
        "订单 {number}",
        "订单 {number} 的保留期早已过了，库存还占着",
        "SELECT o.number FROM orders o JOIN payments p ON p.order_id = o.id "
        "WHERE o.state = 'placed' AND o.reserved_until < :overdue AND NOT EXISTS (SELECT 1 FROM transfer_proofs t "
        "WHERE t.payment_id = p.id)",
    ),
    Check(
        "I7",
        "库存行 {id}",
        "库存行 {id} 记着农户份额 {booked_income_fen} 分，按在册订单应为 {fen} 分",
        _LOT_BOOKING,
    ),
)

_DISPUTED = """
SELECT o.number, p.disputed_fen, COALESCE(d.fen, 0) AS fen, COALESCE(e.fen, 0) AS posted
FROM payments p JOIN orders o ON o.id = p.order_id
LEFT JOIN (
    SELECT t.order_id, SUM(t.fen) AS fen FROM dispute_parts t JOIN disputes q ON q.id = t.dispute_id
    WHERE q.state <> 'won' GROUP BY t.order_id
) d ON d.order_id = o.id
LEFT JOIN (
    SELECT je.order_id, -SUM(q.fen) AS fen FROM journal_entries je
    JOIN postings q ON q.entry_id = je.id AND q.account_kind = 'funds'
    WHERE je.kind IN ('dispute', 'dispute_end') GROUP BY je.order_id
) e ON e.order_id = o.id
WHERE p.disputed_fen <> COALESCE(d.fen, 0) OR COALESCE(d.fen, 0) <> COALESCE(e.fen, 0)
"""

MONEY = (
    Check(
        "I5",
        "订单 {number}",
        "订单 {number} 被银行收回 {disputed_fen} 分，拒付合计 {fen} 分，账上 {posted} 分",
        _DISPUTED,
    ),
    Check(
        "I9",
        "来路款 {unique_key}",
        "多收或迟到的 {fen} 分（{unique_key}）没有对应的退回单",
        "SELECT e.unique_key, p.fen FROM journal_entries e JOIN postings p ON p.entry_id = e.id "
        "AND p.account_kind = 'funds' LEFT JOIN money_returns m ON e.unique_key = 'stray:' || m.idempotency_key "
        "WHERE e.kind = 'stray_money' AND (m.id IS NULL OR m.amount_fen <> p.fen)",
    ),
    Check(
        "I9",
        "退回单 {id}",
        "退回单 {id}（{amount_fen} 分，{state}）：账上退出 {fen} 分",
        "SELECT m.id, m.amount_fen, m.state, COALESCE(-p.fen, 0) AS fen FROM money_returns m "
        "LEFT JOIN journal_entries e ON e.unique_key = 'stray_return:' || m.idempotency_key "
        "LEFT JOIN postings p ON p.entry_id = e.id AND p.account_kind = 'funds' WHERE m.refund_id IS NULL "
        "AND COALESCE(-p.fen, 0) <> CASE WHEN m.state = 'done' THEN m.amount_fen ELSE 0 END",
    ),
    Check(
        "I9",
        "退款 {number}",
        "退款 {number}（{amount_fen} 分，{state}）要有一张退回单，实际 {returns} 张共 {fen} 分",
        "SELECT r.number, r.amount_fen, r.state, COUNT(m.id) AS returns, COALESCE(SUM(m.amount_fen), 0) AS fen "
        "FROM refunds r LEFT JOIN money_returns m ON m.refund_id = r.id GROUP BY r.id, r.number, r.amount_fen, r.state "
        "HAVING COALESCE(SUM(m.amount_fen), 0) <> CASE WHEN r.state IN ('approved', 'sent', 'done') "
        "THEN r.amount_fen ELSE 0 END",
    ),
)

#: steps that are no edge of the state table; the first one comes from nowhere
_WALKED = """
SELECT from_state, action, to_state, COUNT(*) AS n, MIN(id) AS first FROM order_events
WHERE (from_state IS NOT NULL OR to_state IS NOT NULL)
  AND NOT (from_state IS NULL AND COALESCE(to_state, '') = 'placed')
  AND (COALESCE(from_state, ''), action, COALESCE(to_state, '')) NOT IN (VALUES {edges})
GROUP BY from_state, action, to_state
"""

EVENTS = (
    Check(
        "I10",
        "订单 {number}",
        "订单 {number} 现在是 {state}，但最后一条状态记录是 {to_state}",
        "SELECT o.number, o.state, v.to_state FROM orders o LEFT JOIN (SELECT order_id, MAX(id) AS id "
        "FROM order_events WHERE to_state IS NOT NULL GROUP BY order_id) m ON m.order_id = o.id "
        "LEFT JOIN order_events v ON v.id = m.id WHERE v.id IS NULL OR v.to_state <> o.state",
    ),
    Check(
        "I10",
        "订单事件 {id}",
        "订单 {number} 的事件 {id}（{action}）从 {from_state} 开始，可前一步停在 {before}",
        "SELECT x.id, o.number, x.action, x.from_state, x.before FROM (SELECT id, order_id, action, from_state, "
        "LAG(to_state) OVER (PARTITION BY order_id ORDER BY id) AS before FROM order_events "
        "WHERE to_state IS NOT NULL) x "
        "JOIN orders o ON o.id = x.order_id WHERE COALESCE(x.from_state, '') <> COALESCE(x.before, '')",
    ),
    Check(
        "I10",
        "订单 {number}",
        "订单 {number} 有 {steps} 步状态变化，审计记录 {audited} 条",
        "SELECT o.number, COALESCE(s.n, 0) AS steps, COALESCE(a.n, 0) AS audited FROM orders o "
        "LEFT JOIN (SELECT order_id, COUNT(*) AS n FROM order_events WHERE from_state IS NOT NULL GROUP BY order_id) s "
        "ON s.order_id = o.id LEFT JOIN (SELECT subject_id, COUNT(*) AS n FROM audit_entries WHERE subject = 'order' "
        "AND action IN ({order_actions}) GROUP BY subject_id) a ON a.subject_id = CAST(o.id AS VARCHAR(60)) "
        "WHERE COALESCE(s.n, 0) <> COALESCE(a.n, 0)",
    ),
    Check(
        "I10",
        "订单事件 {first}",
        "{n} 条订单事件走了状态表里没有的一步：{from_state} —{action}→ {to_state}，第一条是事件 {first}",
        _WALKED,
    ),
)

SESSION_SUMS = {
    "sqlite": "SELECT s.id, s.amount_fen, SUM(json_extract(j.value, '$.fen')) AS split, SUM(o.total_fen) AS orders "
    "FROM payment_sessions s, json_each(s.splits) j JOIN orders o ON o.id = json_extract(j.value, '$.order_id') "
    "AND o.checkout_id = s.checkout_id GROUP BY s.id, s.amount_fen "
    "HAVING SUM(json_extract(j.value, '$.fen')) <> s.amount_fen OR SUM(o.total_fen) <> s.amount_fen",
    "postgresql": "SELECT s.id, s.amount_fen, SUM((j->>'fen')::bigint) AS split, SUM(o.total_fen) AS orders "
    "FROM payment_sessions s CROSS JOIN LATERAL json_array_elements(s.splits) j "
    "JOIN orders o ON o.id = (j->>'order_id')::bigint AND o.checkout_id = s.checkout_id GROUP BY s.id, s.amount_fen "
    "HAVING SUM((j->>'fen')::bigint) <> s.amount_fen OR SUM(o.total_fen) <> s.amount_fen",
}
PLACED_DAY = {
    "sqlite": "date(o.placed_at, '+8 hours')",
    "postgresql": "(o.placed_at AT TIME ZONE 'Asia/Shanghai')::date",
}
TRIGGERS = {
    "sqlite": "SELECT tbl_name, COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%' "
    "GROUP BY tbl_name",
    "postgresql": "SELECT c.relname, 2 FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgname LIKE '%append_only'",
}
