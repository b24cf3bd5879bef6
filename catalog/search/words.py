"""The segmenter of this process: rjieba with every Shaanxi place and every product name as a word of its own.

Without them 鄠邑区 and 户太八号 fall apart. Built at first use and kept; a product named later is still found by its
single signs and pairs.
"""

import importlib
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import rjieba
from sqlalchemy import select
from sqlalchemy.engine import Engine

from catalog.search import rules
from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from marketplace.regions.models import Region

SHAANXI = "610000000000"
_FREQUENCY = 100_000
_MOST_PRODUCTS = 20_000
_segmenters: WeakKeyDictionary[Engine, rjieba.Jieba] = WeakKeyDictionary()

#: readings a general dictionary gets wrong
LOCAL_READINGS = {
    "甑糕": ["jing", "gao"],
    "鄠邑": ["hu", "yi"],
    "厚畛子": ["hou", "zhen", "zi"],
    "骆峪": ["luo", "yu"],
    "涝店": ["lao", "dian"],
    "柞水": ["zha", "shui"],
    "阎良": ["yan", "liang"],
    "石砭峪": ["shi", "bian", "yu"],
}


def segmenter() -> rjieba.Jieba:
    engine = db.session.get_bind().engine
    found = _segmenters.get(engine)
    if found is None:
        found = rjieba.Jieba()
        for name in _user_words():
            for word in {name, rules.short_place(name)}:
                found.add_word(word, _FREQUENCY, "n")
        _segmenters[engine] = found
    return found


def _user_words() -> set[str]:
    low, high = SHAANXI, "619999999999"
    words = set(db.session.scalars(select(Region.name).where(Region.code.between(low, high))))
    products = select(DeclaredProduct.name, DeclaredProduct.variety).limit(_MOST_PRODUCTS)
    for name, variety in db.session.execute(products):
        words |= {word for word in (name, variety) if 2 <= len(word) <= 8}
    return words


def cut(text: str) -> list[str]:
    return [str(word) for word in segmenter().cut_for_search(text)]


def reading(word: str) -> list[str]:
    """Pinyin syllables without tones."""
    return [str(syllable) for syllable in _pinyin().lazy_pinyin(word)]


@cache
def _pinyin() -> Any:
    # 60 MB of dictionary that only whoever writes the index needs: a web process reads what was written
    module = importlib.import_module("pypinyin")
    module.load_phrases_dict({word: [[each] for each in read] for word, read in LOCAL_READINGS.items()})
    return module
