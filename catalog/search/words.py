"""The segmenter of this process: rjieba with every Shaanxi place and every product name as a word of its own.

Without them 鄠邑区 and 户太八号 fall apart. Built at first use and kept; a product named later is still found by its
pairs of signs. Only whoever writes the index needs it: questions are read against the vocabulary.
"""

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.engine import Engine

from catalog.search import rules
from catalog.search.synonyms import SYNONYMS
from certification.products.models import DeclaredProduct
from marketplace.kernel.db import db
from marketplace.regions.models import Region
from marketplace.regions.rules import place_name

if TYPE_CHECKING:
    import rjieba

SHAANXI = "610000000000"
_FREQUENCY = 100_000
_MOST_PRODUCTS = 20_000
_segmenters: WeakKeyDictionary[Engine, "rjieba.Jieba"] = WeakKeyDictionary()


def segmenter() -> "rjieba.Jieba":
    engine = db.engine
    found = _segmenters.get(engine)
    if found is None:
        found = _segmenters[engine] = _knowing(frozenset(_user_words()))
    return found


def _knowing(names: frozenset[str]) -> "rjieba.Jieba":
    import rjieba  # noqa: PLC0415 - 30 MB that a process that only answers has no use for

    made = rjieba.Jieba()
    for name in names:
        for word in {name, rules.short_place(name)}:
            made.add_word(word, _FREQUENCY, "n")
    return made


def _user_words() -> set[str]:
    low, high = SHAANXI, "619999999999"
    names = db.session.scalars(select(Region.name).where(Region.code.between(low, high)))
    words = {form for name in names for form in (name, place_name(name))}
    words |= set(SYNONYMS)
    products = select(DeclaredProduct.name, DeclaredProduct.variety).limit(_MOST_PRODUCTS)
    for name, variety in db.session.execute(products):
        words |= {word for word in (name, variety) if 2 <= len(word) <= 8}
    return words


def cut(text: str) -> list[str]:
    return [str(word) for word in segmenter().cut_for_search(text)]
