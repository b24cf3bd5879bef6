"""Pure rules of certification.products."""

UNITS = ("斤", "公斤", "盒", "箱", "袋", "瓶", "罐", "枚", "份", "个")
GRADES = ("特级", "一级", "二级", "统货")
