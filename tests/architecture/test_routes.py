"""Default deny: every route and method names the permission it needs."""

from flask import Flask
from werkzeug.routing import Rule

from marketplace.accounts.policies import Permission
from marketplace.kernel.web import permission_of


def methods(rule: Rule) -> set[str]:
    return (rule.methods or set()) - {"HEAD", "OPTIONS"}


def test_every_route_and_method_has_a_permission(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    assert rules
    without = [
        f"{method} {rule.rule}"
        for rule in rules
        for method in methods(rule)
        if permission_of(app, rule.endpoint, method) not in set(Permission)
    ]
    assert without == []
