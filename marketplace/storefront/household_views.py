"""我家的: what a household allowed, where its money goes, and who works with it on what terms; its own to change."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms.validators import InputRequired, Length

from certification.linkage.queries import agreements_with, terms_of
from certification.linkage.rules import terms_in_words
from marketplace.accounts.web import require_actor
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import CleanStringField, Form, attach_error, error_text
from marketplace.parties import bank_changes, consents
from marketplace.parties.bank_change_queries import changes_of, get_change, open_change_of
from marketplace.parties.bank_changes import AccountDraft
from marketplace.parties.household_queries import household_cards
from marketplace.parties.queries import supplier_names
from marketplace.parties.rules import ConsentPurpose

#: what each consent means for who gives it
MEANS = {
    ConsentPurpose.STORY: "公开页面上会写您家怎么种、怎么卖、多了多少收入。写出来以前会给您看。",
    ConsentPurpose.PICTURE: "公开页面上会用您家的人或院子的照片。",
    ConsentPurpose.NAME_ON_CERTIFICATE: "认定证书上写户主的姓名；不同意的，只写户号和村。",
}


class AccountForm(Form):
    bank_name = CleanStringField("开户行", [InputRequired("请填开户行"), Length(max=60)])
    bank_account = CleanStringField("新的银行卡号", [InputRequired("请填卡号"), Length(max=40)])
    proof = FileField("银行卡照片")


def rights() -> str:
    return _page(0, AccountForm(formdata=None))


def _page(asked_for: int, form: AccountForm) -> str:
    """``asked_for`` is the household whose form could not be taken."""
    mine = require_actor().household_ids
    if not mine:
        raise NotFound
    agreements = {household_id: agreements_with(household_id) for household_id in mine}
    every = [row for rows in agreements.values() for row in rows]
    terms = terms_of([row.id for row in every])
    return render_template(
        "storefront/household.html",
        cards=[card for _id, card in sorted(household_cards(mine).items())],
        consents={household_id: consents.consents_of(household_id) for household_id in mine},
        purposes=list(ConsentPurpose),
        means=MEANS,
        open_changes={household_id: open_change_of(household_id=household_id) for household_id in mine},
        past_changes={
            household_id: [each for each in changes_of(household_id=household_id) if not each.is_open][:3]
            for household_id in mine
        },
        agreements=agreements,
        words={agreement_id: terms_in_words(agreed.terms) for agreement_id, agreed in terms.items()},
        sellers=supplier_names({row.supplier_id for row in every}),
        form=form,
        empty_form=AccountForm(formdata=None),
        asked_for=asked_for,
    )


def allow(household_id: int, purpose: str) -> ResponseReturnValue:
    """POST: the household itself says yes; it needs no paper for that."""
    wanted = next((each for each in ConsentPurpose if each.value == purpose), None)
    if wanted is None or household_id not in require_actor().household_ids:
        raise NotFound
    try:
        consents.record_consent(require_actor(), household_id, wanted, clock.today(), None)
    except DomainError as error:
        flash(error_text(error), "danger")
    else:
        flash("记下了。什么时候不愿意了，点一下“收回”就行。", "success")
    return redirect(url_for("household.rights"), 303)


def withdraw(consent_id: int) -> ResponseReturnValue:
    """POST: gone from every page at the next request."""
    mine = [row.id for each in require_actor().household_ids for row in consents.consents_of(each)]
    if consent_id not in mine:
        raise NotFound
    try:
        consents.withdraw_consent(require_actor(), consent_id, "本人收回")
    except DomainError as error:
        flash(error_text(error), "danger")
    else:
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
        try:
            bank_changes.ask_household_change(require_actor(), household_id, draft, proof)
        except DomainError as error:
            attach_error(form, error)
        else:
            flash("交给村里了。村干部找您核对以后才换，换以前还打到原来的卡。", "success")
            return redirect(url_for("household.rights"), 303)
    return _page(household_id, form), 422


def account_withdraw(change_id: int) -> ResponseReturnValue:
    """POST: never mind the new account."""
    if get_change(change_id).household_id not in require_actor().household_ids:
        raise NotFound
    try:
        bank_changes.withdraw_change(require_actor(), change_id)
    except DomainError as error:
        flash(error_text(error), "danger")
    else:
        flash("不换了，还打到原来的卡。", "success")
    return redirect(url_for("household.rights"), 303)
