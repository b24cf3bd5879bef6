"""Routes of home slots and hot words, part of the back office's table."""

from marketplace.accounts.policies import Permission
from marketplace.backoffice.home_page import slot_views as slots
from marketplace.backoffice.home_page import word_views as words
from marketplace.kernel.web import Route

ADMIN = Permission.ADMIN
POST, FORM = ("POST",), ("GET", "POST")

HOME_PAGE = [
    Route("/admin/home-slots", "backoffice.home_slots", slots.index, ADMIN),
    Route("/admin/home-slots/new", "backoffice.home_slot_new", slots.new, ADMIN, FORM),
    Route("/admin/home-slots/<int:slot_id>", "backoffice.home_slot", slots.edit, ADMIN, FORM),
    Route("/admin/home-slots/<int:slot_id>/remove", "backoffice.home_slot_remove", slots.remove, ADMIN, POST),
    Route("/admin/hot-words", "backoffice.hot_words", words.index, ADMIN, FORM),
    Route("/admin/hot-words/<int:word_id>", "backoffice.hot_word", words.edit, ADMIN, FORM),
    Route("/admin/hot-words/<int:word_id>/remove", "backoffice.hot_word_remove", words.remove, ADMIN, POST),
]
