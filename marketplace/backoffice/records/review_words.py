"""How what happens to reviews and questions is called on screen."""

REVIEW_AREAS = {"review": "评价", "question": "商品问答"}
REVIEW_SUBJECTS = {"review": "评价", "question": "提问"}

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
}
