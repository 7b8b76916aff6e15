"""Verbs of 採点."""
