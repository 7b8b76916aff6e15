"""Verbs of 学籍: each authorises, locks, changes, records, announces. Nothing else writes this room's tables."""
