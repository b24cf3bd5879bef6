"""Objections, findings, catalogues, wordings: objects of the access test, as in ``things``."""

from collections.abc import Iterator

from sqlalchemy import select

from certification.certificates.models import CatalogueBatch, CatalogueEntry, Certificate, CertificateFinding
from certification.certificates.workflow import CatalogueState
from certification.notices.models import Objection, ObjectionEvidence, PublicNotice
from certification.reviews.models import OpinionTemplate
from marketplace.kernel.db import db
from tests.support.access_rules import Thing
from tests.support.things import rows


def batches() -> Iterator[Thing]:
    found = {batch for (batch,) in rows(PublicNotice.batch) if batch}
    return (Thing({"code": batch}) for batch in sorted(found))


def objections() -> Iterator[Thing]:
    for row in db.session.scalars(select(Objection)):
        yield Thing({"objection_id": row.id}, region=row.region_code)


def objection_documents() -> Iterator[Thing]:
    query = select(Objection.id, Objection.region_code, ObjectionEvidence.media_id).join(
        ObjectionEvidence, ObjectionEvidence.objection_id == Objection.id
    )
    for objection_id, region, media_id in db.session.execute(query):
        yield Thing({"objection_id": objection_id, "media_id": media_id}, region=region)


def wordings() -> Iterator[Thing]:
    for template_id, user_id in rows(OpinionTemplate.id, OpinionTemplate.user_id):
        yield Thing({"template_id": template_id}, buyer=user_id)


def findings() -> Iterator[Thing]:
    query = select(CertificateFinding.id, Certificate.id, Certificate.region_code).join(
        Certificate, Certificate.id == CertificateFinding.certificate_id
    )
    for finding_id, certificate_id, region in db.session.execute(query):
        yield Thing({"certificate_id": certificate_id, "finding_id": finding_id}, region=region)


def catalogues() -> Iterator[Thing]:
    return (
        Thing({"batch_id": batch_id}, region=region)
        for batch_id, region in rows(CatalogueBatch.id, CatalogueBatch.region_code)
    )


def published_catalogues() -> Iterator[Thing]:
    for batch_id, state in rows(CatalogueBatch.id, CatalogueBatch.state):
        if state is CatalogueState.PUBLISHED:
            yield Thing({"batch_id": batch_id})


def catalogue_entries() -> Iterator[Thing]:
    regions = dict(rows(CatalogueBatch.id, CatalogueBatch.region_code))
    for batch_id, certificate_id in rows(CatalogueEntry.batch_id, CatalogueEntry.certificate_id):
        yield Thing({"batch_id": batch_id, "certificate_id": certificate_id}, region=regions[batch_id])
