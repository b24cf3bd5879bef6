"""Other names people use for what is sold here, and old names of places. Either finds the other.

Places: 户县 became 鄠邑区 on 2016-12-08, 高陵县 became 高陵区 on 2014-12-13, 长安县 became 长安区 on 2002-06-02
(国务院批复).
"""

GROUPS: tuple[tuple[str, ...], ...] = (
    ("猕猴桃", "奇异果", "毛桃"),
    ("番茄", "西红柿", "洋柿子"),
    ("蜜薯", "红薯", "地瓜", "番薯", "红苕"),
    ("樱桃", "车厘子"),
    ("甘蓝", "莲花白", "包菜", "圆白菜", "卷心菜"),
    ("板栗", "油栗", "栗子", "毛栗"),
    ("玉米", "苞谷", "包谷", "棒子面"),
    ("玉米糁", "苞谷糁", "棒碴"),
    ("辣椒", "辣子", "海椒"),
    ("大米", "稻米", "新米"),
    ("蜂蜜", "土蜂蜜", "蜂糖"),
    ("鸡蛋", "土鸡蛋", "柴鸡蛋", "笨鸡蛋"),
    ("鲜桃", "桃子", "水蜜桃"),
    ("香菇", "冬菇", "花菇"),
    ("木耳", "黑木耳", "云耳"),
    ("柿饼", "柿子饼"),
    ("土豆", "洋芋", "马铃薯"),
    ("草莓", "莓子"),
    ("苹果", "红富士"),
    ("鄠邑区", "户县"),
    ("高陵区", "高陵县"),
    ("长安区", "长安县"),
)


def _table() -> dict[str, tuple[str, ...]]:
    return {word: (word, *(other for other in group if other != word)) for group in GROUPS for word in group}


SYNONYMS = _table()
