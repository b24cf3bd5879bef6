"""What a carrier's or a supplier's program tells of parcels."""

from marshmallow import fields

from marketplace.api.fields import Input, Items, Moment, Output, Part, Text
from orders.fulfilment.tracking import MAX_TEXT

MAX_SIGHTINGS = 200


class NewSighting(Input):
    tracking_number = Text(least=1, most=40, clean=True, required=True)
    at = Moment(
        required=True, metadata={"description": "什么时候看到的，带时区；不早于发货前一天，不晚于现在"}
    )
    text = Text(least=2, most=MAX_TEXT, clean=True, required=True, metadata={"example": "到达西安转运中心"})


class NewSightings(Input):
    entries = Items(Part(NewSighting), least=1, most=MAX_SIGHTINGS, required=True)


class SightingsTold(Output):
    new = fields.Integer(metadata={"description": "新记下几条；已经有的不再记"})
