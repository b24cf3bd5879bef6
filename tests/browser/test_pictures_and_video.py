"""Pictures taken from the library without JavaScript, each file named with it, and a video that waits to be asked."""

import io

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, expect
from sqlalchemy import select

from catalog.products.models import Listing, ListingVideo
from marketplace.accounts.models import User
from marketplace.accounts.queries import load_actor
from marketplace.kernel.db import db
from tests.browser.test_pages import faults, sign_in
from tests.support import supplier_things
from tests.support.browsers import PHONE, Problems, open_page

pytestmark = pytest.mark.template("demo")


def picture(name: str) -> FilePayload:
    out = io.BytesIO()
    Image.new("RGB", (200, 200), "green").save(out, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": out.getvalue()}


def test_pictures_are_taken_from_the_library_without_javascript(
    app: Flask, browser: Browser, live_server: str, page_problems: Problems
) -> None:
    with open_page(browser, live_server, PHONE, page_problems, javascript=False) as page:
        sign_in(page, "coop")
        page.goto("/supplier/pictures")
        page.get_by_role("link", name="传图片").click()
        page.get_by_label("图片", exact=True).set_input_files([picture("a.png"), picture("b.png")])
        page.get_by_label("图上是什么").fill("果园")
        page.get_by_role("button", name="传上去").click()
        expect(page.get_by_role("link", name="果园 2")).to_be_visible()
        page.goto("/supplier/listings")
        page.locator("a.row-a").first.click()
        page.locator("summary", has_text="从图库选").click()
        page.get_by_role("checkbox", name="果园 1").check()
        page.get_by_role("checkbox", name="果园 2").check()
        page.get_by_role("button", name="用勾选的").click()
        expect(page.locator(".pics-edit img").last).to_have_attribute("alt", "果园 1")
        expect(page.get_by_text("加了 2 张图片。")).to_be_visible()


def test_every_chosen_file_is_named_by_itself(phone: Page) -> None:
    sign_in(phone, "coop")
    phone.goto("/supplier/pictures/new")
    phone.get_by_label("图片", exact=True).set_input_files([picture("a.png"), picture("b.png")])
    phone.get_by_label("b.png：这张图上是什么").fill("摘果子")
    phone.get_by_role("textbox", name="图上是什么", exact=True).fill("果园")
    phone.get_by_role("button", name="传上去").click()
    for name in ("果园 1", "摘果子"):
        expect(phone.get_by_role("link", name=name)).to_be_visible()


def test_a_video_is_sound_on_a_phone_and_waits_to_be_asked(phone: Page) -> None:
    owner = load_actor(db.session.scalars(select(User.id).where(User.username == "coop")).one())
    assert owner is not None
    supplier_things.film_something(owner)
    listing_id = db.session.scalars(select(ListingVideo.listing_id)).one()
    cover = db.session.scalars(select(Listing.cover_token).where(Listing.id == listing_id)).one()
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    wrong = list(faults(phone, f"/p/{listing_id}", axe := Axe()))
    film = phone.locator(".gallery video")
    expect(film).to_have_attribute("poster", f"/media/{cover}/640.webp")
    before = phone.locator(".gallery").bounding_box()
    film.scroll_into_view_if_needed()
    assert phone.locator(".gallery").bounding_box() == before
    assert [address for address in asked if address.endswith("/video")] == []
    sign_in(phone, "coop")
    wrong += faults(phone, f"/supplier/listings/{listing_id}", axe)
    assert not wrong, "\n".join(str(each) for each in wrong)
