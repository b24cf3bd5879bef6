"""How what happens to reviews, questions, stories and the home page is called on screen: what everybody reads."""

REVIEW_AREAS = {"review": "评价", "question": "商品问答", "story": "村里的故事", "home": "首页运营"}
REVIEW_SUBJECTS = {
    "review": "评价",
    "question": "提问",
    "story": "故事",
    "home_slot": "首页推荐位",
    "hot_word": "热词",
}

REVIEW_ACTIONS = {
    "review.add": "写评价",
    "review.follow_up": "追评",
    "review.reply": "回复评价",
    "review.report": "举报评价",
    "review.hide": "隐藏评价",
    "review.show": "恢复评价",
    "review.keep": "举报不成立",
    "question.ask": "提问",
    "question.answer": "回答",
    "question.hide": "隐藏提问",
    "question.show": "恢复提问",
    "listing.withhold": "强制下架商品",
    "listing.show_again": "恢复强制下架的商品",
    "home.slot_add": "加首页推荐位",
    "home.slot_edit": "改首页推荐位",
    "home.slot_remove": "撤首页推荐位",
    "home.word_add": "加热词",
    "home.word_edit": "改热词",
    "home.word_remove": "撤热词",
    "story.submit": "交故事",
    "story.publish": "登出故事",
    "story.return": "退回故事",
    "story.withdraw": "撤下故事",
}
