"""The city's product catalogues: collecting, ordering, publishing."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from certification.certificates import catalogues
from certification.certificates.words import STATE_WORDS
from certification.reviews.scope import regions_of
from marketplace.accounts.web import require_actor
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import error_text, errors_at, status_of, typed_id
from marketplace.regions.rules import RegionLevel
from marketplace.review_desk.forms import CatalogueForm
from marketplace.review_desk.nav import render_desk


def _is_city() -> bool:
    return bool(regions_of(require_actor(), RegionLevel.CITY))


def _require_city(batch_id: int) -> None:
    """A batch is the business of its own city's officials. Raises NotFound."""
    city = catalogues.find_city(batch_id)
    if city is None or city.code not in require_actor().official_regions:
        raise NotFound


def index() -> str | Response | tuple[str, int]:
    """Everybody reads them; the city begins new ones."""
    form = CatalogueForm()
    if form.validate_on_submit():
        with errors_at(form):
            batch_id = catalogues.start_batch(require_actor(), form.title.data or "", form.note.data or "")
            return redirect(url_for("review.catalogue", batch_id=batch_id))
    page = render_desk(
        "review_desk/catalogues.html",
        batches=catalogues.batches(published_only=not _is_city()),
        form=form,
        is_city=_is_city(),
    )
    return page, status_of(form)


def show(batch_id: int) -> str:
    return _page(batch_id)


def _page(batch_id: int, error: str = "") -> str:
    _require_city(batch_id)
    batch = catalogues.get_batch(batch_id, published_only=False)
    text = request.values.get("q", "").replace("\x00", "").strip()[:40]
    return render_desk(
        "review_desk/catalogue.html",
        batch=batch,
        entries=catalogues.entries_of(batch),
        candidates=catalogues.candidates(batch, text) if batch.number is None else [],
        words=STATE_WORDS,
        error=error,
    )


def add(batch_id: int) -> Response:
    _require_city(batch_id)
    chosen = [typed_id(each) for each in request.form.getlist("certificate")]
    added = catalogues.add_entries(require_actor(), batch_id, chosen[: catalogues.MAX_ENTRIES])
    flash(f"加进目录 {added} 个产品。" if added else "没有选中产品。", "success" if added else "warning")
    return redirect(url_for("review.catalogue", batch_id=batch_id), 303)


def change(batch_id: int, certificate_id: int) -> Response:
    """Up, down or out, by which button was pressed."""
    _require_city(batch_id)
    batch = catalogues.get_batch(batch_id, published_only=False)
    if certificate_id not in {row.certificate_id for row in catalogues.entries_of(batch)}:
        raise NotFound
    action = request.form.get("action", "")
    if action == "remove":
        catalogues.remove_entry(require_actor(), batch_id, certificate_id)
    elif action in {"up", "down"}:
        catalogues.move_entry(require_actor(), batch_id, certificate_id, action == "up")
    return redirect(url_for("review.catalogue", batch_id=batch_id), 303)


def publish(batch_id: int) -> Response | tuple[str, int]:
    _require_city(batch_id)
    try:
        number = catalogues.publish_batch(require_actor(), batch_id)
    except NotFound:
        raise
    except DomainError as error:
        return _page(batch_id, error_text(error)), error.status
    flash(f"第 {number} 批目录已经发布。", "success")
    return redirect(url_for("review.catalogue", batch_id=batch_id), 303)
