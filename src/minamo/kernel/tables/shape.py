"""表の形: records become a table: empty lines go, the heading is found below a title, rows are filled up, sizes are capped."""

from collections.abc import Iterable

from minamo.kernel.tables.values import Row, Table, TableError

MAX_ROWS = 50_000
MAX_COLUMNS = 300


def table_of(records: Iterable[list[str]], encoding: str, sheet: str = "") -> Table:
    """The table of records. Raises TableError for one that is empty or too large."""
    numbered: list[tuple[int, list[str]]] = []
    for number, record in enumerate(records, start=1):
        while record and not record[-1].strip():
            record.pop()
        if not record:
            continue
        numbered.append((number, record))
        if len(numbered) > MAX_ROWS or len(record) > MAX_COLUMNS:
            raise TableError(f"表が大きすぎます（{MAX_ROWS}行・{MAX_COLUMNS}列まで）。", number)
    if not numbered:
        raise TableError("表が空です。")
    # A title above the table has fewer filled cells than the heading.
    filled = [(number, record, sum(bool(cell.strip()) for cell in record)) for number, record in numbered]
    fullest = max(count for _, _, count in filled)
    header_record, header = next((number, record) for number, record, count in filled if count * 2 >= fullest)
    rows = tuple(
        Row(number, tuple(record + [""] * (len(header) - len(record))))
        for number, record in numbered
        if number > header_record
    )
    return Table(tuple(cell.strip() for cell in header), header_record, rows, encoding, sheet)
