"""表の出し入れ: CSV and Excel in and out, the way teachers' files really are.

Out: no cell can become a formula, leading zeros stay, CP932 losses are reported. In: the encoding is detected, records
are numbered (1-based, header and preamble included; line breaks inside quotes do not count), every value is text.
"""

from minamo.kernel.tables.reading import detect, read_table
from minamo.kernel.tables.values import Cell, CsvResult, LostCell, Row, Sheet, Table, TableError
from minamo.kernel.tables.writing import csv_safe, write_csv, write_xlsx

__all__ = [
    "Cell",
    "CsvResult",
    "LostCell",
    "Row",
    "Sheet",
    "Table",
    "TableError",
    "csv_safe",
    "detect",
    "read_table",
    "write_csv",
    "write_xlsx",
]
