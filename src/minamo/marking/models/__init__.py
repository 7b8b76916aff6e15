"""Nouns of 採点."""

from minamo.marking.models.assessments import Assessment, Edition, Sitting
from minamo.marking.models.giving import ImageRemoval, KeepingRule, MarkedBook, PaperSheet, Settlement
from minamo.marking.models.marks import (
    FIRST,
    SECOND,
    VERDICT,
    AnswerMark,
    Claim,
    Grouping,
    SecondMarking,
    StampSet,
    Stroke,
)  # fmt: skip
from minamo.marking.models.results import PointsChange, Release, Result, ResultPaper, Review, ReviewAnswer
from minamo.marking.models.scans import Absence, Binding, Pile, ScanPage, UploadLink

__all__ = [
    "FIRST", "SECOND", "VERDICT", "Absence", "AnswerMark", "Assessment", "Binding", "Claim", "Edition", "Grouping", "ImageRemoval",
    "KeepingRule", "MarkedBook", "PaperSheet", "Pile", "PointsChange", "Release", "Result", "ResultPaper", "Review", "ReviewAnswer",
    "ScanPage", "SecondMarking", "Settlement", "Sitting", "StampSet", "Stroke", "UploadLink",
]  # fmt: skip
