"""Reads of 採点."""
