"""A story from the desk to the shop, and gone from every page the moment the household takes its word back."""

import io
import re
from dataclasses import replace

from flask import Flask
from PIL import Image

from marketplace.accounts.models import Role, ScopeKind
from marketplace.kernel import clock
from marketplace.parties.consents import consents_of, record_consent, withdraw_consent
from marketplace.parties.rules import ConsentPurpose
from marketplace.regions.rules import town_code_of
from marketplace.stories.commands import StoryDraft, submit_story
from tests.factories import builders as build
from tests.support.clients import Client

BODY = "坡上的果园分成七块，哪块先熟、哪块耐放，心里有本账。摘之前先尝三遍，糖度够了才动剪子，箱子上写着是哪块地、哪一天摘的。"
BODY += "冬天剪枝，园子里常有人来看。"
TITLE = "先尝三遍再动剪子"


def another(app: Flask) -> Client:
    made = app.test_client()
    assert isinstance(made, Client)
    return made


def send(client: Client, url: str, **data: object) -> tuple[int, str]:
    page = client.get(url).get_data(as_text=True)
    answer = client.post(url, data={**hidden_fields(page), **data})
    return answer.status_code, answer.get_data(as_text=True)


def hidden_fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(csrf_token|seen)"[^>]*value="([^"]+)"', page))


def photo() -> tuple[io.BytesIO, str]:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "#7a9a3a").save(out, "PNG")
    return io.BytesIO(out.getvalue()), "果园.png"


def test_from_the_desk_to_the_shop_and_gone_with_the_consent(app: Flask) -> None:
    world = build.saleable(price_fen=3000, units=10, lot_total_fen=15_000)
    household = build.household(supplier_id=world["supplier"])
    home = build.user("home", (Role.HOUSEHOLD, ScopeKind.HOUSEHOLD, household))
    for purpose in (ConsentPurpose.STORY, ConsentPurpose.PICTURE):
        record_consent(home, household, purpose, clock.today(), None)
    seller, official, guest, at_home = (another(app) for _ in range(4))
    build.sign_in(seller, build.owner_of(world["supplier"]))
    build.sign_in(official, build.official_of(town_code_of(build.VILLAGE), "town-official"))
    build.sign_in(at_home, home)

    wanted = {"subject": f"household-{household}", "title": TITLE, "body": BODY}
    status, page = send(seller, "/supplier/stories/new", **{**wanted, "body": "太短"})
    assert (status, TITLE in page) == (422, True)  # what was typed is kept
    assert send(seller, "/supplier/stories/new", **wanted, picture=photo())[0] == 303
    story = re.findall(r"/supplier/stories/(\d+)", seller.get("/supplier/stories").get_data(as_text=True))[0]
    shop = f"/stories/{story}"
    assert guest.get(shop).status_code == 404
    assert send(official, f"/review/stories/{story}")[0] == 422
    assert send(official, f"/review/stories/{story}", act="publish")[0] == 303

    doors = ("/", "/stories", f"/villages/{build.VILLAGE}", f"/s/{world['supplier']}", shop)
    for door in doors:
        assert TITLE in guest.get(door).get_data(as_text=True), door
    assert f'href="{shop}"' in guest.get(f"/p/{world['listing']}").get_data(as_text=True)
    assert "王建国" not in guest.get(shop).get_data(as_text=True)
    with guest.get(f"{shop}/picture/320") as picture:
        assert (picture.status_code, picture.mimetype) == (200, "image/webp")
        assert picture.headers["Cache-Control"] == "private, no-store"
    assert guest.get(f"{shop}/picture/999").status_code == 404
    tags = {door: guest.get(door).headers["ETag"] for door in doors}

    said = {row.purpose: row.id for row in consents_of(household)}
    withdraw_consent(home, said[ConsentPurpose.PICTURE])
    assert guest.get(f"{shop}/picture/320").status_code == 404
    assert "/picture/" not in guest.get(shop).get_data(as_text=True)
    withdraw_consent(home, said[ConsentPurpose.STORY])
    for door in doors:
        answer = guest.get(door, headers={"If-None-Match": tags[door]})
        assert answer.status_code == (404 if door == shop else 200), door
        assert TITLE not in answer.get_data(as_text=True), door
    assert shop not in guest.get(f"/p/{world['listing']}").get_data(as_text=True)
    assert "现在没有登" in at_home.get(shop).get_data(as_text=True)
    assert TITLE in at_home.get("/household/rights").get_data(as_text=True)
    assert "收回了同意" in seller.get("/supplier/stories").get_data(as_text=True)


def test_what_is_published_is_what_was_read(app: Flask) -> None:
    supplier = build.supplier(village_code=build.VILLAGE)
    owner = build.owner_of(supplier)
    draft = StoryDraft(TITLE, BODY, village_code=build.VILLAGE, supplier_id=supplier)
    story = submit_story(owner, draft, None)
    official, url = another(app), f"/review/stories/{story}"
    build.sign_in(official, build.official_of(town_code_of(build.VILLAGE), "town-official"))
    read = hidden_fields(official.get(url).get_data(as_text=True))
    submit_story(owner, replace(draft, title="没有人看过的题目"), None, story_id=story)
    answer = official.post(url, data={**read, "act": "publish"})
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "请看过再登" in page, "没有人看过的题目" in page) == (409, True, True)
    assert another(app).get(f"/stories/{story}").status_code == 404
    assert official.post(url, data={**hidden_fields(page), "act": "publish"}).status_code == 303
