"""返却: marks as vectors over the scan, which stays as it is. Pure: files in, one PDF out."""

from minamo.marking.giveback.book import give_back
from minamo.marking.giveback.values import Heading, Marked, Placed

__all__ = ["Heading", "Marked", "Placed", "give_back"]
