"""How much one person may keep an eye on: lists to be read by eye, not a copy of the shop."""

MOST_FAVOURITES = 200
MOST_WAITED_FOR = 50


def fallen_by(then_fen: int, now_fen: int) -> int:
    """Fen by which a price fell since; 0 where it did not, or where one of the two is unknown."""
    return max(then_fen - now_fen, 0) if then_fen > 0 and now_fen > 0 else 0
