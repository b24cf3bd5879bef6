"""One shop, everybody who has a part in the line, each with a browser window of their own, and the worker."""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import time_machine
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Dialog, Locator, Page
from sqlalchemy import update

from marketplace import jobs
from marketplace.accounts.models import Role, ScopeKind, User
from marketplace.accounts.passwords import hash_password
from marketplace.kernel import outbox
from marketplace.kernel.clock import BUSINESS_ZONE
from marketplace.kernel.db import db
from marketplace.kernel.transaction import transaction
from marketplace.parties.models import SupplierHousehold
from marketplace.parties.rules import SupplierKind
from tests.factories import builders
from tests.support.browsers import DESK, PHONE, Problems, open_page

PASSWORD = "walks-the-line-2026"
DEMO_PASSWORD = "fupin-demo"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 800), colour).save(out, "PNG")
    return out.getvalue()


def pdf_file(name: str) -> Any:
    return {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": PDF}


def picture_file(name: str, colour: str = "#7a9a3a") -> Any:
    return {"name": f"{name}.png", "mimeType": "image/png", "buffer": picture(colour)}


@dataclass
class Windows:
    """Everybody's window on one shop, kept by login; whose pages are meant for a phone has one."""

    app: Flask
    browser: Browser
    home: str
    problems: Problems
    open_ones: ExitStack
    password: str
    on_phones: frozenset[str]
    pages: dict[str, Page] = field(default_factory=dict)

    def as_(self, login: str) -> Page:
        """The window of a person, who logs in when it is opened; of nobody when ``login`` is empty."""
        if login not in self.pages:
            size = PHONE if login in self.on_phones else DESK
            page = self.open_ones.enter_context(open_page(self.browser, self.home, size, self.problems))
            page.on("dialog", Dialog.accept)
            self.pages[login] = page
            if login:
                page.goto("/login")
                page.get_by_label("手机号或账号").fill(login)
                page.get_by_label("密码").fill(self.password)
                page.get_by_role("button", name="登录", exact=True).click()
                page.wait_for_url(lambda url: "/login" not in url)
        return self.pages[login]

    def moves_to(self, freeze: Callable[[str], time_machine.Traveller], moment: datetime) -> None:
        """Stop the clock at a later moment, and let the worker do what is due by then."""
        freeze(moment.astimezone(BUSINESS_ZONE).strftime("%Y-%m-%d 10:00"))
        self.the_worker_runs()

    def the_worker_runs(self) -> None:
        while outbox.run_pending():
            pass
        jobs.run_all(self.app)
        while outbox.run_pending():
            pass
        db.session.rollback()


@dataclass
class Line(Windows):
    """``traveller`` moves the shop's clock."""

    traveller: time_machine.Traveller = field(kw_only=True)

    def time_passes_until(self, moment: str) -> None:
        """Move on to a moment in Xi'an and let the worker do what is due by then."""
        self.traveller.move_to(datetime.fromisoformat(moment).replace(tzinfo=BUSINESS_ZONE), tick=False)
        self.the_worker_runs()


def people_the_shop() -> None:
    """A cooperative, its three households, one of them a pilot household that sells by itself, officials, a buyer."""
    builders.category()
    coop = builders.supplier(name="群兴猕猴桃专业合作社（示例）")
    builders.household(supplier_id=coop, name="王建国")
    sun = builders.household(supplier_id=coop, name="孙秀兰")
    pilot = builders.supplier(
        kind=SupplierKind.PILOT_HOUSEHOLD, name="孙家果园（示例）", sponsor_id=coop, household_id=sun
    )
    with transaction() as session:
        session.add(SupplierHousehold(supplier_id=pilot, household_id=sun, since=datetime.now(BUSINESS_ZONE)))
    builders.owner_of(coop, "coop")
    builders.user(
        "household",
        (Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, sun),
        (Role.SUPPLIER_OWNER, ScopeKind.SUPPLIER, pilot),
    )
    for login, region in (
        ("village", builders.VILLAGE),
        ("town", builders.TOWN),
        ("county", builders.COUNTY),
        ("city", builders.CITY),
    ):
        builders.official_of(region, login)
    for login in ("buyer", "outlet", "unit", "unit-approver"):
        builders.user(login)
    builders.admin("admin")
    builders.finance("finance")
    with transaction() as session:
        session.execute(update(User).values(password_hash=hash_password(PASSWORD)))


@contextmanager
def walking(
    app: Flask,
    browser: Browser,
    home: str,
    problems: Problems,
    freeze: Callable[[str], time_machine.Traveller],
) -> Iterator[Line]:
    traveller = freeze("2026-11-03 09:00")
    people_the_shop()
    with ExitStack() as windows:
        yield Line(
            app,
            browser,
            home,
            problems,
            windows,
            PASSWORD,
            frozenset({"buyer", "outlet"}),
            traveller=traveller,
        )


def choose_region(page: Page, name: str, *places: str) -> None:
    """Pick a place level by level; the next level is fetched after each choice."""
    for number, place in enumerate(places, 1):
        level = page.locator(f"#{name}-{number}")
        level.locator("option", has_text=place).first.wait_for(state="attached")
        level.select_option(label=place)


@contextmanager
def visiting(app: Flask, browser: Browser, home: str, problems: Problems) -> Iterator[Windows]:
    """The demo's people in the demo's shop, as it is today; who is on the road has a phone."""
    phones = frozenset({"", "village", "household", "pilot", "pilot2", "newcomer", "buyer", "outlet"})
    with ExitStack() as windows:
        yield Windows(app, browser, home, problems, windows, DEMO_PASSWORD, phones)


def has_arrived(page: Page, part: Locator) -> None:
    """Wait until the page that has ``part`` is there to its end, before something on it is counted or listed.

    A click comes back when the next page begins to arrive; ``count()`` and ``all()`` take what is there by then.
    """
    part.first.wait_for()
    page.wait_for_load_state("domcontentloaded")


def desk(page: Page, home: str, task: str) -> None:
    """To a task by the navigation of one's desk."""
    page.goto(home)
    page.get_by_role("navigation", name="工作导航").get_by_role("link", name=task).click()
