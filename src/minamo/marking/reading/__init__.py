"""記号の読み取り: pure functions from crops of answer cells to readings and groups; no Django in here."""

from minamo.marking.reading.groups import Group, group_answers
from minamo.marking.reading.model import Facts, facts
from minamo.marking.reading.reader import Reading, read_cells
from minamo.marking.reading.report import Accuracy, Confirmed, school_report
from minamo.marking.reading.symbols import UnknownSymbol

__all__ = [
    "Accuracy", "Confirmed", "Facts", "Group", "Reading", "UnknownSymbol", "facts", "group_answers", "read_cells", "school_report",
]  # fmt: skip
