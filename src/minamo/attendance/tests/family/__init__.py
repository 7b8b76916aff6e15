"""Tests of the family side of 出欠."""
