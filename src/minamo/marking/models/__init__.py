"""Nouns of 採点."""

from minamo.marking.models.results import Release, Result, ResultPaper, Review, ReviewAnswer

__all__ = ["Release", "Result", "ResultPaper", "Review", "ReviewAnswer"]
