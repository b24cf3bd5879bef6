"""Shipping and receiving, freight rules, timers."""
