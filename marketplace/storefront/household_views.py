"""我家的: what a household allowed, where its money goes, and who works with it on what terms; its own to change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms.validators import InputRequired, Length

from certification.certificates.queries import declared_price
from certification.linkage.promises import Promise, promises_to
from certification.linkage.queries import agreements_with
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import CleanStringField, Form, errors_at, errors_flashed, status_of
from marketplace.kernel.media import Media, send_document
from marketplace.parties import bank_changes, consents
from marketplace.parties.bank_change_queries import changes_of_households, get_change
from marketplace.parties.bank_changes import AccountDraft
from marketplace.parties.household_queries import LinkedSupplier, cards_with_suppliers
from marketplace.parties.rules import ConsentPurpose
from marketplace.stories.queries import about_households
from orders.ledger.queries import brought_by_supplier

#: what each consent means for who gives it
MEANS = {
    ConsentPurpose.STORY: "公开页面上可以写您家怎么种、怎么卖、多了多少收入。不同意的，页面上只有村名和户数。",
    ConsentPurpose.PICTURE: "公开页面上可以用您家的人或院子的照片。不同意的，一张也不用。",
    ConsentPurpose.NAME_ON_CERTIFICATE: "认定证书上写户主的姓名；不同意的，只写户号和村。",
}


class AccountForm(Form):
    bank_name = CleanStringField("开户行", [InputRequired("请填开户行"), Length(max=60)])
    bank_account = CleanStringField("新的银行卡号", [InputRequired("请填卡号"), Length(max=40)])
    proof = FileField("银行卡照片")


def rights() -> str:
    return _page(0, AccountForm(formdata=None))


@dataclass(frozen=True, slots=True)
class Deal:
    """An agreement that binds today, in words, with what its supplier has brought the household so far."""

    product_name: str
    unit: str
    starts_on: date
    ends_on: date
    promises: list[Promise]


@dataclass(frozen=True, slots=True)
class Partner:
    """A supplier that works with the household; ``brought_fen``: in all posted states."""

    name: str
    since: datetime | None
    brought_fen: int
    deals: list[Deal]


def _page(asked_for: int, form: AccountForm) -> str:
    """``asked_for`` is the household whose form could not be taken."""
    mine = require_actor().household_ids
    if not mine:
        raise NotFound
    homes = cards_with_suppliers(mine)
    changes = changes_of_households(mine)
    said = consents.consents_by_household(mine)
    # nothing is written of a household that never allowed it
    asked = [each for each in mine if any(row.purpose is ConsentPurpose.STORY for row in said[each])]
    written = about_households(asked) if asked else []
    return render_template(
        "storefront/household.html",
        cards=[card for card, _suppliers in homes.values()],
        consents=said,
        purposes=list(ConsentPurpose),
        means=MEANS,
        me=require_actor().user_id,
        open_changes={
            each: next((row for row in rows if row.is_open), None) for each, rows in changes.items()
        },
        past_changes={each: [row for row in rows if not row.is_open][:3] for each, rows in changes.items()},
        partners=_partners({each: suppliers for each, (_card, suppliers) in homes.items()}),
        stories={each: [row for row in written if row.household_id == each] for each in mine},
        form=form,
        empty_form=AccountForm(formdata=None),
        asked_for=asked_for,
    )


def _partners(linked: Mapping[int, list[LinkedSupplier]]) -> dict[int, list[Partner]]:
    """Who works with each household: those linked to it, and those an agreement binds to it."""
    agreements, brought = agreements_with(list(linked), declared_price()), brought_by_supplier(list(linked))
    found: dict[int, list[Partner]] = {}
    for each, suppliers in linked.items():
        partners = {
            row.id: Partner(row.name, row.since, brought.get((each, row.id), 0), []) for row in suppliers
        }
        for row in agreements[each]:
            said = promises_to(row.terms, each, row.unit, row.price_fen, "您家")
            deal = Deal(row.product_name, row.unit or "份", row.starts_on, row.ends_on, said)
            bound = Partner(row.supplier_name, None, brought.get((each, row.supplier_id), 0), [])
            partners.setdefault(row.supplier_id, bound).deals.append(deal)
        found[each] = list(partners.values())
    return found


def allow(household_id: int, purpose: str) -> ResponseReturnValue:
    """POST: the household itself says yes with a tick; it needs no paper for that."""
    wanted = next((each for each in ConsentPurpose if each.value == purpose), None)
    if wanted is None or household_id not in require_actor().household_ids:
        raise NotFound
    if "agreed" not in request.form:
        flash("先在“我同意”前面打个勾，再按按钮。", "warning")
        return redirect(url_for("household.rights", _anchor=f"consents-{household_id}"), 303)
    with errors_flashed():
        consents.record_consent(require_actor(), household_id, wanted, clock.today(), None)
        flash("记下了。什么时候不愿意了，点一下“收回”就行。", "success")
    return redirect(url_for("household.rights"), 303)


def consent_paper(consent_id: int) -> ResponseReturnValue:
    """The signed paper of a consent of one's own."""
    found = consents.own_consent(require_actor(), consent_id)
    media = db.session.get(Media, found.scan_id) if found.scan_id else None
    if media is None:
        raise NotFound
    return send_document(media)


def withdraw(consent_id: int) -> ResponseReturnValue:
    """POST: gone from every page at the next request."""
    found = consents.own_consent(require_actor(), consent_id)
    with errors_flashed():
        consents.withdraw_consent(require_actor(), found.id, "本人收回")
        flash("收回了，页面上马上不再用。", "success")
    return redirect(url_for("household.rights"), 303)


def account(household_id: int) -> ResponseReturnValue:
    """POST: ask for another bank account; the village confirms it."""
    if household_id not in require_actor().household_ids:
        raise NotFound
    form = AccountForm()
    if form.validate_on_submit():
        proof = form.proof.data if isinstance(form.proof.data, FileStorage) else None
        draft = AccountDraft(form.bank_name.data or "", form.bank_account.data or "")
        with errors_at(form):
            bank_changes.ask_household_change(require_actor(), household_id, draft, proof)
            flash("交给村里了。村干部找您核对以后才换，换以前还打到原来的卡。", "success")
            return redirect(url_for("household.rights"), 303)
    return _page(household_id, form), status_of(form)


def account_withdraw(change_id: int) -> ResponseReturnValue:
    """POST: never mind the new account."""
    if get_change(change_id).household_id not in require_actor().household_ids:
        raise NotFound
    with errors_flashed():
        bank_changes.withdraw_change(require_actor(), change_id)
        flash("不换了，还打到原来的卡。", "success")
    return redirect(url_for("household.rights"), 303)
