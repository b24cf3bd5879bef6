"""The address cascade's data: the same for everybody, so shared caches may keep it for a day."""

from flask import Response, jsonify, request

from marketplace.regions import queries
from marketplace.regions.rules import NATION_CODE


def children() -> Response:
    """JSON ``[{"code": …, "name": …}]`` of what lies directly below ``?parent=``, by default the provinces.

    Empty below a leaf. Raises NotFound for a parent that is no region.
    """
    parent = queries.get_region(request.args.get("parent", NATION_CODE))
    rows = queries.children_of(parent.code)
    response = jsonify([{"code": row.code, "name": row.name} for row in rows])
    response.cache_control.public = True
    response.cache_control.max_age = 86_400
    response.add_etag()
    response.make_conditional(request)
    return response
