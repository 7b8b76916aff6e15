"""記録の匿名化 (opaque logs): nothing personal reaches a log line, not even through a database error."""

import logging
import re
import time
import traceback

_QUERY = re.compile(r"\?[^\s\"']*")
# PostgreSQL repeats values of the offending row in these lines.
_VALUES = re.compile(r"(DETAIL|CONTEXT|HINT|Key|Failing row contains|parameters)\b.*", re.DOTALL)


class UtcFormatter(logging.Formatter):
    """時刻つきの行: each line begins with its moment in UTC and its level, so that lines of several hosts stand in one order."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime


class OpaqueFilter(logging.Filter):
    """Cuts query strings, database details and the messages of exceptions out of every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; always let it pass."""
        record.msg = _VALUES.sub(r"\1 …", _QUERY.sub("?…", record.getMessage()))
        record.args = None
        if record.exc_info:
            kind, error, trace = record.exc_info
            frames = "".join(traceback.format_tb(trace))
            record.exc_text = f"{frames}{kind.__name__ if kind else ''}: {self._safe(error)}"
            record.exc_info = None
        return True

    @staticmethod
    def _safe(error: BaseException | None) -> str:
        """Only exceptions of our own programming carry their text; values may hide in all others."""
        if isinstance(error, (ImportError, AttributeError, TypeError, NameError)):
            return _VALUES.sub(r"\1 …", str(error))
        return "…"
