"""Who people are and what they may do: users, roles with a scope, login, policies."""
