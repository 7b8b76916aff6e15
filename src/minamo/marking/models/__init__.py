"""Nouns of 採点."""

from minamo.marking.models.results import PointsChange, Release, Result, ResultPaper, Review, ReviewAnswer

__all__ = ["PointsChange", "Release", "Result", "ResultPaper", "Review", "ReviewAnswer"]
