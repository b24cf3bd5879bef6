"""The published product catalogues, for anyone: a page, a table and a paper."""

from functools import lru_cache

from flask import current_app, render_template
from werkzeug.wrappers import Response

from certification.certificates import catalogues
from certification.certificates.catalogues import BatchRow, EntryRow
from certification.certificates.words import STATE_WORDS
from certification.certificates.workflow import CertificateState
from marketplace.kernel.clock import local_date
from marketplace.kernel.exports import Fen
from marketplace.kernel.forms import asked_text
from marketplace.kernel.money import format_yuan
from marketplace.kernel.settings import Settings
from marketplace.kernel.spreadsheets import xlsx_response

HEADS = (
    "序号",
    "产品",
    "品种",
    "等级",
    "规格",
    "产地",
    "申报主体",
    "申报价（元）",
    "类别",
    "证书编号",
    "现在的状态",
)


def index() -> str:
    return render_template("certification/catalogues/index.html", batches=catalogues.batches())


def show(batch_id: int) -> str:
    batch = catalogues.get_batch(batch_id)
    every = catalogues.entries_of(batch)
    wanted = {key: asked_text(key, 40) for key in ("county", "category", "q")}
    rows = [
        row
        for row in every
        if (not wanted["county"] or row.county == wanted["county"])
        and (not wanted["category"] or row.category == wanted["category"])
        and (not wanted["q"] or wanted["q"] in row.facts["product"] or wanted["q"] in row.facts["applicant"])
    ]
    return render_template(
        "certification/catalogues/show.html",
        batch=batch,
        rows=rows,
        total=len(every),
        counties=[(name, name) for name in sorted({row.county for row in every})],
        category_choices=[(name, name) for name in sorted({row.category for row in every})],
        words=STATE_WORDS,
    )


def sheet(batch_id: int) -> Response:
    batch = catalogues.get_batch(batch_id)
    rows = [
        [index, *texts[:6], Fen(row.facts.get("price_fen") or 0), *texts[6:]]
        for index, row in enumerate(catalogues.entries_of(batch), 1)
        for texts in [_texts(row)]
    ]
    return xlsx_response(f"产品目录{batch.name}", list(HEADS), rows)


def _texts(row: EntryRow) -> list[str]:
    facts = row.facts
    return [
        *(
            str(facts.get(key) or "")
            for key in ("product", "variety", "grade", "package", "origin", "applicant")
        ),
        row.category,
        row.number,
        STATE_WORDS[row.state],
    ]


def document(batch_id: int) -> Response:
    batch = catalogues.get_batch(batch_id)
    settings: Settings = current_app.extensions["settings"]
    content = _draw(batch, _lines(catalogues.entries_of(batch)), "演示数据" if settings.is_demo else "")
    response = current_app.response_class(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f"inline; filename=catalogue-{batch.year}-{batch.number}.pdf"
    return response


def _lines(entries: list[EntryRow]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            str(index),
            str(row.facts.get("product") or ""),
            str(row.facts.get("package") or ""),
            str(row.facts.get("origin") or ""),
            str(row.facts.get("applicant") or ""),
            format_yuan(row.facts["price_fen"]) if row.facts.get("price_fen") else "",
            row.number
            if row.state is CertificateState.IN_FORCE
            else f"{row.number}（{STATE_WORDS[row.state]}）",
        )
        for index, row in enumerate(entries, 1)
    )


@lru_cache(maxsize=16)
def _draw(batch: BatchRow, lines: tuple[tuple[str, ...], ...], mark: str) -> bytes:
    from marketplace.kernel.pdf import BRONZE, MUTED, Paper  # noqa: PLC0415 - 40 MB of fonts

    published = batch.published_at
    assert published is not None  # noqa: S101 - only published ones are printed
    paper = Paper(batch.title, published, landscape=True, mark=mark)
    paper.text(batch.title, size=22, colour=BRONZE, y=20, align="C")
    day = local_date(published)
    told = f"{batch.name} · {len(lines)} 个产品 · {day.year}年{day.month}月{day.day}日发布"
    paper.text(told, size=11, colour=MUTED, align="C")
    if batch.note:
        paper.text(batch.note, size=10, colour=MUTED)
    paper.text("", size=4)
    paper.table(
        ("序号", "产品", "规格", "产地", "申报主体", "申报价", "证书编号"), lines, (5, 16, 12, 24, 24, 8, 18)
    )
    paper.text("价格是认定时的申报价。证书以查验页为准。", size=9, colour=MUTED)
    return paper.bytes()
