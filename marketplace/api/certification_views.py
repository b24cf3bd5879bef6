"""Certificates, public notices and product catalogues: what anybody may check. Villages and counts, never a person."""

from datetime import date
from typing import Any

from flask import current_app

from certification.applications.rules import SMALL_CELL
from certification.applications.words import STATE_WORDS as APPLICATION_WORDS
from certification.certificates import catalogues, histories
from certification.certificates.models import Certificate
from certification.certificates.queries import get_certificate
from certification.certificates.rules import normalise_number
from certification.certificates.words import ACTION_WORDS, STATE_WORDS, issuer
from certification.certificates.workflow import CertificateState
from certification.notices import queries as notices
from certification.notices.queries import NoticeRow
from marketplace.api import links
from marketplace.api.asking import Ask
from marketplace.api.operations import Answer
from marketplace.kernel import clock
from marketplace.kernel.settings import Settings
from marketplace.presentation import date_cn
from marketplace.regions.queries import names_of
from marketplace.regions.rules import place_name


def certificate(ask: Ask, number: str) -> Answer:
    found = get_certificate(normalise_number(number) or number, ask.query.get("version"))
    facts, today = found.facts, clock.today()
    in_force = found.state is CertificateState.IN_FORCE
    state = CertificateState.EXPIRED if in_force and today > found.valid_until else found.state
    linked = facts.get("households") or 0
    promised = facts.get("promised_households") or 0
    small = linked < SMALL_CELL
    versions = histories.versions_of(found.number)
    settings: Settings = current_app.extensions["settings"]
    steps = histories.public_steps(histories.steps_of_certificates([row.id for row in versions]))
    return Answer(
        {
            "number": found.number,
            "version": found.version,
            "state": state.value,
            "is_valid": in_force and found.valid_from <= today <= found.valid_until,
            "word": STATE_WORDS[state],
            "verdict": _verdict(found, state, today),
            "reason": found.state_reason,
            "product": facts.get("product", ""),
            "applicant": facts.get("applicant", ""),
            "sponsor": facts.get("sponsor") or None,
            "origin": facts.get("origin", ""),
            "region": {
                "code": found.region_code,
                "name": place_name(names_of([found.region_code]).get(found.region_code, "")),
            },
            "terms": facts.get("terms", []),
            "households": linked or promised,
            "promised_households": promised,
            "promised_income_fen": None if small else facts.get("promised_income_fen"),
            "valid_from": found.valid_from,
            "valid_until": found.valid_until,
            "issued_at": found.issued_at,
            "issuer": issuer(is_demo=settings.is_demo),
            "versions": [_version(row) for row in versions],
            "steps": [_step(row) for row in steps],
            "url": links.page("certificates.show", number=found.number),
        }
    )


def _version(row: histories.VersionRow) -> dict[str, Any]:
    return {
        "version": row.version,
        "state": row.state.value,
        "issued_at": row.issued_at,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
    }


def _step(row: histories.StepRow) -> dict[str, Any]:
    """What happened and when; who did it is nobody's business."""
    return {
        "at": row.at,
        "version": row.version,
        "action": row.action,
        "word": ACTION_WORDS[row.action],
        "reason": row.reason or None,
    }


def _verdict(found: Certificate, state: CertificateState, today: date) -> str:
    """One sentence for whoever holds the goods in the hand."""
    if state is CertificateState.IN_FORCE:
        if today < found.valid_from:
            return f"这份认定从 {date_cn(found.valid_from)}起有效。"
        return f"认定有效，到 {found.valid_until:%Y年%m月%d日}为止。"
    if state is CertificateState.SUPERSEDED:
        return "这一版已经换发，请看最新一版。"
    if state is CertificateState.EXPIRED:
        return f"认定已经在 {found.valid_until:%Y年%m月%d日}到期。"
    return f"{STATE_WORDS[state]}，现在不能卖。" + (
        f"原因：{found.state_reason}" if found.state_reason else ""
    )


def notice_board(ask: Ask) -> Answer:
    asked = ask.query
    page = notices.board(
        county=asked.get("county", ""),
        ended=asked["state"] == "ended",
        text=asked.get("q", "").strip(),
        page=asked["page"],
    )
    beyond = asked["page"] > page.pages
    return Answer(
        {
            "items": [] if beyond else [_notice(row) for row in page.items],
            "next": links.next_page(page.page, there_is=not beyond and page.page < page.pages),
        }
    )


def notice(_ask: Ask, notice_id: int) -> Answer:
    return Answer(_notice(notices.get_notice(notice_id)))


def _notice(row: NoticeRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "product": row.product_name,
        "applicant": row.applicant,
        "origin": row.origin,
        "batch": row.batch or None,
        "state": row.state.value,
        "word": APPLICATION_WORDS[row.state],
        "is_paused": row.is_paused,
        "takes_objections": row.takes_objections,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "objections_until": row.objections_until,
        "day": row.day,
        "days": row.days,
        "households": row.households,
        "promised_income_fen": row.promised_income_fen,
        "url": links.page("notices.show", notice_id=row.id),
    }


def catalogue_list(_ask: Ask) -> Answer:
    return Answer({"items": [_catalogue(row) for row in catalogues.batches()], "next": None})


def catalogue(_ask: Ask, batch_id: int) -> Answer:
    batch = catalogues.get_batch(batch_id)
    entries = [
        {
            "position": place,
            "number": row.number,
            "version": row.version,
            "product": row.facts.get("product", ""),
            "applicant": row.facts.get("applicant", ""),
            "county": row.county,
            "category": row.category,
            "state": row.state.value,
            "url": links.page("certificates.show", number=row.number),
        }
        for place, row in enumerate(catalogues.entries_of(batch), 1)
    ]
    return Answer({**_catalogue(batch), "entries": entries})


def _catalogue(row: catalogues.BatchRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "title": row.title,
        "note": row.note,
        "published_at": row.published_at,
        "products": row.entries,
        "url": links.page("catalogues.show", batch_id=row.id),
    }
