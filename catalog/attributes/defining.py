"""Which attributes categories have: an admin's. What listings chose already stays true: a used option is renamed, or
retired and offered no more, and never taken away."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select

from catalog.attributes import rules
from catalog.attributes.models import AttributeOption, CategoryAttribute, ListingOption
from catalog.attributes.rules import AttributeKind, OptionDraft
from certification.products.models import Category
from marketplace.accounts.models import Role
from marketplace.accounts.policies import Actor
from marketplace.kernel import audit
from marketplace.kernel.db import db
from marketplace.kernel.errors import Conflict, InvalidInput, NotFound
from marketplace.kernel.transaction import transactional


@transactional
def add_attribute(
    actor: Actor, category_code: str | None, name: str, kind: AttributeKind, options: Sequence[str]
) -> int:
    """The new attribute's id; it comes last. Raises NotFound unless an admin asks, InvalidInput at ``category``,
    ``name`` or ``options``."""
    _require_admin(actor)
    if category_code is not None and db.session.get(Category, category_code) is None:
        raise InvalidInput("attributes.category", field="category")
    drafts = rules.checked_options(
        [OptionDraft(None, text, number) for number, text in enumerate(options, 1)]
    )
    last = db.session.scalar(select(func.max(CategoryAttribute.position))) or 0
    attribute = CategoryAttribute(
        category_code=category_code,
        name=_free_name(category_code, name, None),
        kind=kind,
        position=min(last + 1, rules.MOST_POSITION),
    )
    db.session.add(attribute)
    db.session.flush()
    for draft in drafts:
        db.session.add(AttributeOption(attribute_id=attribute.id, name=draft.name, position=draft.position))
    audit.record(actor.user_id, "attribute.add", "attribute", attribute.id, {"name": attribute.name})
    return attribute.id


@transactional
def change_attribute(
    actor: Actor, attribute_id: int, name: str, position: int, drafts: Sequence[OptionDraft]
) -> None:
    """Name, place and options, all or nothing. Raises NotFound, InvalidInput at ``name``, ``position`` or ``options``,
    Conflict ``attributes.option_used`` for taking away what listings chose."""
    attribute = _locked(actor, attribute_id)
    if not 0 <= position <= rules.MOST_POSITION:
        raise InvalidInput("attributes.position", field="position", most=rules.MOST_POSITION)
    kept = rules.checked_options(drafts)
    attribute.name = _free_name(attribute.category_code, name, attribute.id)
    attribute.position = position
    there = {
        row.id: row
        for row in db.session.scalars(
            select(AttributeOption).where(AttributeOption.attribute_id == attribute.id)
        )
    }
    if not {draft.id for draft in kept if draft.id is not None} <= there.keys():
        raise NotFound
    _take_away([row for row in there.values() if row.id not in {draft.id for draft in kept}])
    # two names may change places: no two of them are ever the same at once
    for row in there.values():
        row.name = f"~{row.id}"
    db.session.flush()
    for draft in kept:
        row = there[draft.id] if draft.id is not None else AttributeOption(attribute_id=attribute.id)
        row.name, row.position, row.is_retired = draft.name, draft.position, draft.is_retired
        db.session.add(row)
    audit.record(
        actor.user_id,
        "attribute.change",
        "attribute",
        attribute.id,
        {
            "name": attribute.name,
            "options": [draft.name for draft in kept],
            "retired": [draft.name for draft in kept if draft.is_retired],
        },
    )


@transactional
def retire_attribute(actor: Actor, attribute_id: int) -> None:
    """Offer it no more, to suppliers and to buyers who narrow a list. What listings say of themselves stays, and stays
    on their pages. Raises NotFound."""
    _set_retired(actor, attribute_id, is_retired=True)


@transactional
def restore_attribute(actor: Actor, attribute_id: int) -> None:
    """Offer it again, with those of its options that are not retired by themselves. Raises NotFound."""
    _set_retired(actor, attribute_id, is_retired=False)


def _set_retired(actor: Actor, attribute_id: int, *, is_retired: bool) -> None:
    attribute = _locked(actor, attribute_id)
    if attribute.is_retired is is_retired:
        return
    attribute.is_retired = is_retired
    act = "attribute.retire" if is_retired else "attribute.restore"
    audit.record(actor.user_id, act, "attribute", attribute_id, {"name": attribute.name})


@transactional
def remove_attribute(actor: Actor, attribute_id: int) -> None:
    """Raises NotFound, Conflict ``attributes.option_used`` while listings have a value of it."""
    attribute = _locked(actor, attribute_id)
    _take_away(
        list(db.session.scalars(select(AttributeOption).where(AttributeOption.attribute_id == attribute.id)))
    )
    db.session.flush()
    db.session.delete(attribute)
    audit.record(actor.user_id, "attribute.remove", "attribute", attribute_id, {"name": attribute.name})


def _require_admin(actor: Actor) -> None:
    if not actor.has_role(Role.ADMIN):
        raise NotFound


def _locked(actor: Actor, attribute_id: int) -> CategoryAttribute:
    _require_admin(actor)
    found = db.session.scalars(
        select(CategoryAttribute).where(CategoryAttribute.id == attribute_id).with_for_update()
    ).first()
    if found is None:
        raise NotFound
    return found


def _free_name(category_code: str | None, text: str, own_id: int | None) -> str:
    """Raises InvalidInput ``attributes.taken`` where the category has another of that name."""
    name = rules.checked_name(text, rules.LONGEST_ATTRIBUTE, "name")
    other = db.session.scalar(
        select(CategoryAttribute.id).where(
            CategoryAttribute.category_code.is_not_distinct_from(category_code),
            CategoryAttribute.name == name,
        )
    )
    if other is not None and other != own_id:
        raise InvalidInput("attributes.taken", field="name", name=name)
    return name


def _take_away(options: Sequence[AttributeOption]) -> None:
    ids = [option.id for option in options]
    used = db.session.execute(
        select(ListingOption.option_id, func.count())
        .where(ListingOption.option_id.in_(ids))
        .group_by(ListingOption.option_id)
        .limit(1)
    ).first()
    if used is not None:
        name = next(option.name for option in options if option.id == used[0])
        raise Conflict("attributes.option_used", field="options", name=name, count=used[1])
    db.session.execute(delete(AttributeOption).where(AttributeOption.id.in_(ids)))
