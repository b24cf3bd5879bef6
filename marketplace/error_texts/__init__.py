"""The one catalogue of what an error says to a person. Kind, concrete, and telling what to do next.

Codes are those of ``DomainError``; ``{name}`` is filled from its params, amounts (``…fen``) already written as ¥.
"""

from marketplace.error_texts import certification, people, trade, web

ERROR_TEXTS: dict[str, str] = web.TEXTS | people.TEXTS | certification.TEXTS | trade.TEXTS
