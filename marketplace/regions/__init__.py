"""The administrative divisions of China, and what lies within what.

Knows codes, names and levels; refuses to know who may act where (that is ``accounts``) and what happens there.
"""
