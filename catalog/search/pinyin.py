"""Readings of Chinese signs, without tones: a small table instead of pypinyin's 60 MB of phrases.

A sign with several readings gives several readings of a word; which of them is meant does not matter for finding it.
"""

import importlib.util
import itertools
import sys
import unicodedata
from functools import cache
from pathlib import Path

#: readings people use here that a general dictionary does not put first, or not at all
LOCAL_READINGS = {
    "甑糕": ("jing", "gao"),
    "玉米糁": ("yu", "mi", "zhen"),
    "厚畛子": ("hou", "zhen", "zi"),
    "骆峪": ("luo", "yu"),
    "涝店": ("lao", "dian"),
    "柞水": ("zha", "shui"),
    "石砭峪": ("shi", "bian", "yu"),
}
_PER_SIGN, _PER_WORD = 2, 8


@cache
def _table() -> dict[str, tuple[str, ...]]:
    """Up to two readings of each sign. The data file alone is read: importing the package would load its phrases."""
    found = importlib.util.find_spec("pypinyin")
    folder = next(iter(found.submodule_search_locations or [])) if found is not None else ""
    spec = importlib.util.spec_from_file_location("_pinyin_data", Path(folder) / "pinyin_dict.py")
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("pypinyin")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    readings: dict[int, str] = module.pinyin_dict
    return {
        chr(sign): tuple(dict.fromkeys(map(_plain, text.split(","))))[:_PER_SIGN]
        for sign, text in readings.items()
        if 0x3400 <= sign <= 0x9FFF
    }


def _plain(syllable: str) -> str:
    letters = unicodedata.normalize("NFD", syllable.replace("ü", "v"))
    return sys.intern("".join(letter for letter in letters if letter.isascii() and letter.isalpha()))


def readings(word: str) -> list[tuple[str, ...]]:
    """The syllables of a Chinese word, likeliest first, at most eight ways; empty where a sign is not known."""
    if word in LOCAL_READINGS:
        return [LOCAL_READINGS[word]]
    table = _table()
    signs = [table.get(sign, ()) for sign in word]
    if not all(signs):
        return []
    return list(itertools.islice(itertools.product(*signs), _PER_WORD))
