"""Stories of the demo: of two villages, of the household that has a login and can take its word back, and one that
waits to be read. People and what they say are invented."""

from marketplace.accounts.policies import Actor
from marketplace.demo.acting import actor_of, picture_of, upload_of
from marketplace.kernel import clock
from marketplace.kernel.db import db
from marketplace.parties.consents import get_household, has_consent, record_consent
from marketplace.parties.models import Supplier
from marketplace.parties.rules import ConsentPurpose
from marketplace.stories.commands import StoryDraft, decide_story, submit_story

VILLAGE = "610124103228"
ORCHARD = (
    "翠香下树前，先尝三遍（示例）",
    (
        "富饶村在秦岭北麓的坡根，早晚温差大，翠香猕猴桃一年只下来二十来天。村里的老规矩是先尝后摘：十月头里挑向阳的、"
        "背阴的、坡上坡下的各摘几个，放软了尝三遍，糖度够了全村才动剪子。\n"
        "前些年各家自己卖，早采的多，名声不好。合作社牵头以后，定了统一的日子，果袋上写清哪块地、哪天摘。"
        "分拣点就在村口，个头、软硬、有没有磕碰，一个一个过手。\n"
        "买一箱能给种的人多少钱，商品页上写着；摘果那几天，村口的大喇叭也念。"
    ),
)
HOME = (
    "三亩老园子，留着头茬给老主顾（示例）",
    (
        "这家人种了十六年果树，三亩园子分成七块，哪块先熟、哪块耐放，心里有本账。头茬果个头不算大，味道最浓，"
        "一直给老主顾留着。\n"
        "去年起他们试着少用化肥，沤自家的羊粪，树下留草。叶子厚了，果面也干净了，合作社收的时候评的是一级。"
        "今年把修剪的手艺教给了隔壁几家，冬天剪枝的时候，园子里常有人来看。\n"
        "他们说：东西好，就不怕没人买；写上村名，是要对得起这三个字。"
    ),
)
HILLS = (
    "秦岭山里的核桃，要等它自己裂口（示例）",
    (
        "山里的核桃不敲青皮。等白露过了，青皮自己裂开口，用竹竿轻轻一拨就下来，仁是满的，皮也薄。\n"
        "村里的晾架搭在风口上，晒三个日头，再阴两天，摇起来有响声才装袋。合作社收的时候当场砸几个看仁，"
        "黄的白的分开，一袋里不掺陈货。\n"
        "过去要走两个钟头山路去镇上卖，现在收货的车开到村口，谁家多少斤、多少钱，当天就写在单子上。"
    ),
)
WAITING = (
    "石磨还是那盘石磨（示例）",
    (
        "磨坊里的石磨是爷爷辈传下来的，一个小时只出十来斤面。转得慢，面不发热，麦香留得住。"
        "合作社来谈的时候，只提了一个要求：别催快。如今磨一天的面，够装四十袋，装好当天就发。"
    ),
)


def load_stories(paper: bytes) -> None:
    """Needs the logins and the history; ``paper`` is what the household signed."""
    coop, coop2, village, town, house = map(actor_of, ("coop", "coop2", "village", "town", "household"))
    _publish(village, town, StoryDraft(*ORCHARD, village_code=VILLAGE), "orchard")
    home = house.household_ids[0]
    for purpose in (ConsentPurpose.STORY, ConsentPurpose.PICTURE):
        if not has_consent(home, purpose):
            record_consent(house, home, purpose, clock.today(), upload_of(paper))
    if get_household(home).village_code == VILLAGE:
        _publish(village, town, StoryDraft(*HOME, household_id=home), "village-zhouzhi")
    far = coop2.supplier_ids[0]
    hills = db.session.get_one(Supplier, far).village_code
    _publish(coop2, actor_of("county2"), StoryDraft(*HILLS, village_code=hills, supplier_id=far), "walnut")
    near = coop.supplier_ids[0]
    mill = db.session.get_one(Supplier, near).village_code
    submit_story(coop, StoryDraft(*WAITING, village_code=mill, supplier_id=near), picture_of("flour-whole"))


def _publish(writer: Actor, reader: Actor, draft: StoryDraft, picture: str) -> None:
    decide_story(reader, submit_story(writer, draft, picture_of(picture)), "publish")
