"""The invariants as questions to the database: a query returns the rows that break one, none when all is well.

Whole sets at once, never a row at a time: 100,000 orders are checked in seconds. Plain SQL, because it looks at tables
of rooms above this one (payments, refunds, settlement), which no code here may import. ``{…}`` is filled per dialect.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """``subject`` and ``text`` are filled from the columns of each row found."""

    invariant: str
    subject: str
    text: str
    sql: str


#: CROSS JOIN: SQLite then reads the postings line by line from their index and sorts nothing
_SALE_LINES = """
SELECT l.id, o.number, l.net_fen, l.fee_fen, l.income_fen, l.outlet_fee_fen, l.subsidy_fen,
       COALESCE(s.due, 0) AS due, COALESCE(s.fee, 0) AS fee, COALESCE(s.cost, 0) AS cost,
       COALESCE(s.outlet, 0) AS outlet, COALESCE(s.subsidy, 0) AS subsidy
FROM order_lines l
JOIN orders o ON o.id = l.order_id
JOIN payments pay ON pay.order_id = o.id AND pay.state = 'paid'
LEFT JOIN (
    SELECT p.line_id,
           SUM(p.fen) FILTER (WHERE p.account_kind = 'supplier_due') AS due,
           SUM(p.fen) FILTER (WHERE p.account_kind IN ('platform_fee', 'outlet_fee')) AS fee,
           SUM(p.fen) FILTER (WHERE p.account_kind = 'outlet_fee') AS outlet,
           SUM(p.fen) FILTER (WHERE p.account_kind = 'subsidy') AS subsidy,
           SUM(p.fen) FILTER (WHERE p.account_kind = 'household_cost') AS cost
    FROM postings p CROSS JOIN journal_entries e
    WHERE e.id = p.entry_id AND e.kind = 'sale' AND p.line_id IS NOT NULL AND p.account_kind <> 'household_income'
    GROUP BY p.line_id
) s ON s.line_id = l.id
WHERE COALESCE(s.due, 0) <> l.fee_fen - l.net_fen OR COALESCE(s.fee, 0) <> -l.fee_fen
   OR COALESCE(s.cost, 0) <> l.income_fen OR COALESCE(s.outlet, 0) <> -l.outlet_fee_fen
   OR COALESCE(s.subsidy, 0) <> l.subsidy_fen
"""

_SALE_MONEY = """
SELECT * FROM (
    SELECT o.number, o.total_fen, o.freight_fen,
        (SELECT COALESCE(SUM(p.fen), 0) FROM postings p
            WHERE p.entry_id = e.id AND p.account_kind = 'funds') AS funds,
        (SELECT COALESCE(SUM(p.fen), 0) FROM postings p
            WHERE p.entry_id = e.id AND p.account_kind = 'freight_due') AS freight
    FROM orders o
    JOIN payments pay ON pay.order_id = o.id AND pay.state = 'paid'
    JOIN journal_entries e ON e.order_id = o.id AND e.kind = 'sale'
) x WHERE funds <> total_fen OR freight <> -freight_fen
"""

#: what each share has in each state, and what refunds should have left of it
_SHARES = """
SELECT * FROM (
    SELECT li.id, o.number, li.fen, o.state, pay.state AS payment, li.paid_at_receipt,
           COALESCE(s.accrued, 0) AS accrued, COALESCE(s.confirmed, 0) AS confirmed,
           COALESCE(s.disbursed, 0) AS disbursed, COALESCE(s.acknowledged, 0) AS acknowledged,
           COALESCE(s.reversed, 0) AS reversed, COALESCE(s.opened, 0) AS opened, COALESCE(d.fen, 0) AS paid_rows,
           COALESCE(w.fen, 0) AS waiting,
           CASE WHEN li.lot_id IS NULL
                THEN li.fen - CAST(li.fen AS BIGINT) * l.refunded_units / l.units
                ELSE li.fen - CAST(li.fen AS BIGINT) * COALESCE(a.returned_units, 0) / COALESCE(a.units, 1)
           END AS expected
    FROM line_incomes li
    JOIN order_lines l ON l.id = li.line_id
    JOIN orders o ON o.id = l.order_id
    LEFT JOIN payments pay ON pay.order_id = o.id
    LEFT JOIN line_allocations a ON a.line_id = li.line_id AND +a.lot_id = li.lot_id
    LEFT JOIN (
        SELECT p.line_income_id,
               -SUM(p.fen) FILTER (WHERE p.income_state = 'accrued') AS accrued,
               -SUM(p.fen) FILTER (WHERE p.income_state = 'confirmed') AS confirmed,
               -SUM(p.fen) FILTER (WHERE p.income_state = 'disbursed') AS disbursed,
               -SUM(p.fen) FILTER (WHERE p.income_state = 'acknowledged') AS acknowledged,
               -SUM(p.fen) FILTER (WHERE p.income_state = 'reversed_after_payout') AS reversed,
               -SUM(p.fen) FILTER (WHERE e.kind = 'sale') AS opened
        FROM postings p JOIN journal_entries e ON e.id = p.entry_id
        WHERE p.income_state IS NOT NULL GROUP BY p.line_income_id
    ) s ON s.line_income_id = li.id
    LEFT JOIN (
        SELECT r.line_income_id, SUM(r.fen) AS fen FROM disbursement_rows r
        JOIN disbursements b ON b.id = r.disbursement_id AND b.state <> 'bounced' GROUP BY r.line_income_id
    ) d ON d.line_income_id = li.id
    LEFT JOIN income_dues w ON w.line_income_id = li.id
) x
WHERE (payment = 'paid' AND (opened <> fen OR accrued + confirmed + disbursed + acknowledged <> expected))
   OR (COALESCE(payment, '') <> 'paid' AND (opened <> 0 OR accrued <> 0 OR confirmed <> 0))
   OR accrued < 0 OR confirmed < 0 OR disbursed < 0 OR acknowledged < 0 OR reversed < 0
   OR (state = 'completed' AND accrued <> 0)
   OR (state <> 'completed' AND confirmed + disbursed + acknowledged + reversed <> 0)
   OR (NOT paid_at_receipt AND disbursed + acknowledged + reversed <> paid_rows)
   OR (paid_at_receipt AND (confirmed <> 0 OR paid_rows <> 0)) OR waiting <> confirmed
"""

#: buyer and bearer each get back their own rounded part, platform and outlet each give theirs
_LINE_NOW = """
SELECT * FROM (
SELECT l.id, o.number, COALESCE(s.net, 0) AS net, COALESCE(s.fee, 0) AS fee, COALESCE(s.outlet, 0) AS outlet,
       COALESCE(s.subsidy, 0) AS subsidy,
       l.net_fen - CAST(l.net_fen - l.subsidy_fen AS BIGINT) * l.refunded_units / l.units
           - CAST(l.subsidy_fen AS BIGINT) * l.refunded_units / l.units AS expected_net,
       l.fee_fen - CAST(l.fee_fen AS BIGINT) * l.refunded_units / l.units AS expected_fee,
       l.outlet_fee_fen - CAST(l.outlet_fee_fen AS BIGINT) * l.refunded_units / l.units AS expected_outlet,
       l.subsidy_fen - CAST(l.subsidy_fen AS BIGINT) * l.refunded_units / l.units AS expected_subsidy
FROM order_lines l
JOIN orders o ON o.id = l.order_id
JOIN payments pay ON pay.order_id = o.id AND pay.state = 'paid'
LEFT JOIN (
    SELECT p.line_id,
           -SUM(p.fen) FILTER (WHERE p.account_kind IN ('supplier_due', 'platform_fee', 'outlet_fee')) AS net,
           -SUM(p.fen) FILTER (WHERE p.account_kind IN ('platform_fee', 'outlet_fee')) AS fee,
           -SUM(p.fen) FILTER (WHERE p.account_kind = 'outlet_fee') AS outlet,
           SUM(p.fen) FILTER (WHERE p.account_kind = 'subsidy') AS subsidy
    FROM postings p WHERE p.line_id IS NOT NULL AND p.account_kind <> 'household_income' GROUP BY p.line_id
) s ON s.line_id = l.id
) x WHERE net <> expected_net OR fee <> expected_fee OR outlet <> expected_outlet OR subsidy <> expected_subsidy
"""

#: "" where the object is missing: no account is called that
_ACCOUNT_NAMES = """
SELECT p.id, p.account FROM postings p WHERE p.account <> COALESCE(CASE p.account_kind
    WHEN 'household_income' THEN 'household_income:' || p.household_id || ':' || p.income_state
    WHEN 'household_cost' THEN 'household_cost:' || p.supplier_id
    WHEN 'supplier_due' THEN 'supplier_due:' || p.supplier_id
    WHEN 'freight_due' THEN 'freight_due:' || p.supplier_id
    WHEN 'platform_fee' THEN 'platform_fee'
    ELSE p.account END, '')
"""

#: a part of another party than the order's own
_PARTIES = """
SELECT p.id, p.account FROM postings p JOIN orders o ON o.id = p.order_id
WHERE (p.account_kind = 'outlet_fee' AND p.account <> 'outlet_fee:' || COALESCE(o.commission_outlet_id, 0))
   OR (p.account_kind = 'subsidy' AND p.account <> 'subsidy:' || COALESCE(o.subsidy_bearer, ''))
"""

#: CROSS JOIN: SQLite then reads the postings as they lie, not share by share
_OWNERS = """
SELECT p.id, p.account FROM postings p
CROSS JOIN line_incomes li JOIN order_lines l ON l.id = li.line_id
JOIN orders o ON o.id = l.order_id
WHERE li.id = p.line_income_id AND (COALESCE(p.household_id, 0) <> li.household_id
   OR COALESCE(p.line_id, 0) <> li.line_id OR COALESCE(p.order_id, 0) <> l.order_id
   OR COALESCE(p.supplier_id, 0) <> o.supplier_id)
"""

_CAUSES = """
SELECT x.cause_key, x.wanted, e.id AS entry_id FROM (
    SELECT 'sale:' || o.id AS cause_key, CASE WHEN pay.state = 'paid' THEN 1 ELSE 0 END AS wanted
    FROM orders o LEFT JOIN payments pay ON pay.order_id = o.id
    UNION ALL
    SELECT 'confirm:' || o.id, CASE WHEN o.state = 'completed' THEN 1 ELSE 0 END FROM orders o
    UNION ALL
    SELECT 'refund:' || r.id, CASE WHEN r.state IN ('approved', 'sent', 'done') THEN 1 ELSE 0 END FROM refunds r
    UNION ALL
    SELECT 'disburse:' || d.id, 1 FROM disbursements d
    UNION ALL
    SELECT 'bounce:' || d.id, CASE WHEN d.state = 'bounced' THEN 1 ELSE 0 END FROM disbursements d
    UNION ALL
    SELECT 'dispute:' || t.dispute_id || ':' || t.order_id, 1 FROM dispute_parts t
    UNION ALL
    SELECT 'dispute_end:' || t.dispute_id || ':' || t.order_id, CASE WHEN q.state <> 'open' THEN 1 ELSE 0 END
    FROM dispute_parts t JOIN disputes q ON q.id = t.dispute_id
    UNION ALL
    SELECT 'settle:' || b.id, CASE WHEN b.state = 'settled' THEN 1 ELSE 0 END FROM settlement_bills b
    UNION ALL
    SELECT 'correction:' || c.id, CASE WHEN c.state = 'posted' THEN 1 ELSE 0 END FROM corrections c
    UNION ALL
    SELECT 'acknowledge:' || d.id, CASE WHEN d.state = 'acknowledged' THEN 1 ELSE 0 END FROM disbursements d
) x LEFT JOIN journal_entries e ON e.unique_key = x.cause_key
WHERE (x.wanted = 1 AND e.id IS NULL) OR (x.wanted = 0 AND e.id IS NOT NULL)
"""

_CORRECTED = """
SELECT c.id, o.number, c.fen, COALESCE(s.source, 0) AS taken, COALESCE(s.target, 0) AS given
FROM corrections c JOIN orders o ON o.id = c.order_id
JOIN journal_entries e ON e.unique_key = 'correction:' || c.id
LEFT JOIN (
    SELECT p.entry_id, SUM(p.fen) FILTER (WHERE p.account_kind = k.source) AS source,
           -SUM(p.fen) FILTER (WHERE p.account_kind = k.target) AS target
    FROM corrections k JOIN journal_entries j ON j.unique_key = 'correction:' || k.id
    JOIN postings p ON p.entry_id = j.id AND p.order_id = k.order_id GROUP BY p.entry_id
) s ON s.entry_id = e.id
WHERE c.state = 'posted' AND (COALESCE(s.source, 0) <> c.fen OR COALESCE(s.target, 0) <> c.fen)
"""

#: a closed month as it was and as its postings say now
_CLOSED = """
SELECT month, account_kind AS account, SUM(debit) AS debit, SUM(credit) AS credit, SUM(debit_now) AS debit_now,
       SUM(credit_now) AS credit_now
FROM (
    SELECT month, account_kind, income_state, debit_fen AS debit, credit_fen AS credit, 0 AS debit_now, 0 AS credit_now
    FROM closed_month_sums
    UNION ALL
    SELECT m.month, p.account_kind, COALESCE(CAST(p.income_state AS VARCHAR(40)), ''), 0, 0,
           COALESCE(SUM(p.fen) FILTER (WHERE p.fen > 0), 0), COALESCE(-SUM(p.fen) FILTER (WHERE p.fen < 0), 0)
    FROM closed_months m JOIN postings p ON p.at >= m.starts_at AND p.at < m.ends_at
    GROUP BY m.month, p.account_kind, p.income_state
) x GROUP BY month, account_kind, income_state HAVING SUM(debit) <> SUM(debit_now) OR SUM(credit) <> SUM(credit_now)
"""

_CAUSELESS = """
SELECT e.id, e.unique_key FROM journal_entries e
LEFT JOIN orders o ON e.kind IN ('sale', 'confirm') AND o.id = e.order_id
    AND e.unique_key = CAST(e.kind AS TEXT) || ':' || o.id
LEFT JOIN refunds r ON e.kind = 'refund' AND e.unique_key = 'refund:' || r.id AND r.order_id = e.order_id
WHERE (e.kind IN ('sale', 'confirm') AND o.id IS NULL) OR (e.kind = 'refund' AND r.id IS NULL)
"""

LEDGER = (
    Check(
        "I1",
        "分录 {id}",
        "分录 {id}（{unique_key}）借贷不平，差 {fen} 分",
        "SELECT e.id, e.unique_key, s.fen FROM (SELECT entry_id, SUM(fen) AS fen FROM postings GROUP BY entry_id "
        "HAVING SUM(fen) <> 0) s JOIN journal_entries e ON e.id = s.entry_id",
    ),
    Check(
        "I1",
        "订单 {number}",
        "订单 {number} 的全部分录借贷不平，差 {fen} 分",
        "SELECT o.number, s.fen FROM (SELECT order_id, SUM(fen) AS fen FROM postings WHERE order_id IS NOT NULL "
        "GROUP BY order_id HAVING SUM(fen) <> 0) s JOIN orders o ON o.id = s.order_id",
    ),
    Check("I1", "过账 {id}", "过账 {id} 的科目 {account} 与它的对象不符", _ACCOUNT_NAMES),
    Check("I1", "过账 {id}", "过账 {id}（{account}）与它指向的农户份额不是一家", _OWNERS),
    Check("I1", "过账 {id}", "过账 {id}（{account}）不是这一单的网点或补贴方", _PARTIES),
    Check(
        "I2",
        "{cause_key}",
        "{cause_key}：应有分录 {wanted} 组，实际分录 {entry_id}",
        _CAUSES,
    ),
    Check("I2", "分录 {id}", "分录 {id}（{unique_key}）没有对应的订单或退款", _CAUSELESS),
    Check(
        "I2", "更正 {id}", "更正 {id}（订单 {number}，{fen} 分）记账 移出 {taken}、移入 {given}", _CORRECTED
    ),
    Check(
        "I12",
        "月结 {month}",
        "{month} 结账时 {account} 借 {debit} 贷 {credit}，现在账上是 借 {debit_now} 贷 {credit_now}",
        _CLOSED,
    ),
    Check(
        "I2",
        "订单行 {id}",
        "订单 {number} 的行 {id}：记账 供应商 {due}、服务费 {fee}（网点 {outlet}）、补贴 {subsidy}、农户 {cost}，应为 "
        "−({net_fen}−{fee_fen})、−{fee_fen}（−{outlet_fee_fen}）、{subsidy_fen}、{income_fen}",
        _SALE_LINES,
    ),
    Check(
        "I2",
        "订单 {number}",
        "订单 {number}：收款记账 {funds}、运费 {freight}，应为 {total_fen}、−{freight_fen}",
        _SALE_MONEY,
    ),
    Check(
        "I7",
        "农户份额 {id}",
        "订单 {number} 的农户份额 {id}（{fen} 分，订单 {state}）：入账 {opened}，已付款 {accrued}、已确认 {confirmed}、"
        "已打款 {disbursed}、已收到 {acknowledged}、付后退 {reversed}；退款后应剩 {expected}，打款单合计 {paid_rows}，"
        "列为待打款 {waiting}",
        _SHARES,
    ),
    Check(
        "I5",
        "订单行 {id}",
        "订单 {number} 的行 {id}：账上净额 {net}、服务费 {fee}（网点 {outlet}）、补贴 {subsidy}，按已退数量应为 "
        "{expected_net}、{expected_fee}（{expected_outlet}）、{expected_subsidy}",
        _LINE_NOW,
    ),
)
