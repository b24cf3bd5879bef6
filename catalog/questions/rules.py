"""How long a question and an answer may be. Pure."""

SHORTEST, LONGEST = 5, 200
SHORTEST_ANSWER, LONGEST_ANSWER = 5, 300
SELLER = "供应商"
