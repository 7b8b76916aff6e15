"""Reads of 学籍. Lists begin with `visible_to(actor)`; nothing is filtered afterwards."""
