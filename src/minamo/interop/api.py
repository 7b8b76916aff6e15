"""What other rooms (and the demo) use of 連携 (interop).

`import_roster(content, filename, check_only=False)` imports a OneRoster ZIP as the operator, in one transaction, and
returns the report (`accepted`, `applied`, `problems`, `events`, …). `confirm_likely_posts` accepts the probable answers
to what a roster cannot say (教頭, 養護教諭). `rows_waiting(actor, schools)` and `rosters_ready(actor, municipalities)` say what
waits here for somebody, for the start pages.
"""

from minamo.interop.queries import ReadyRoster, rosters_ready, rows_waiting
from minamo.interop.roster.command import import_roster
from minamo.interop.roster.posts import PostQuestion, confirm_likely_posts, posts_to_confirm

__all__ = [
    "PostQuestion", "ReadyRoster", "confirm_likely_posts", "import_roster", "posts_to_confirm", "rosters_ready",
    "rows_waiting",
]  # fmt: skip
