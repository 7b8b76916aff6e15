"""分析を渡す: the figures as Excel, as CSV for 成績, as printed pages. Pure: figures and names in, bytes out."""

from minamo.marking.reports.book import analysis_book, totals_csv
from minamo.marking.reports.compared import comparison_book, comparison_pdf
from minamo.marking.reports.names import Named, Title
from minamo.marking.reports.printing import advice_pdf, analysis_pdf

__all__ = [
    "Named",
    "Title",
    "advice_pdf",
    "analysis_book",
    "analysis_pdf",
    "comparison_book",
    "comparison_pdf",
    "totals_csv",
]
