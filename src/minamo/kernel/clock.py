"""いま (the clock): the one place that asks for the present time. The demo's clock is set to a school morning.

Rules and actions never call this; they get `actor.now` and `actor.today`. Only the edges (a request, a command, a job)
read the clock.
"""

import datetime as dt

from django.conf import settings
from django.utils import timezone


def now() -> dt.datetime:
    """The present moment (aware, UTC); shifted by MINAMO_CLOCK_OFFSET seconds in a demo."""
    offset: dt.timedelta = settings.CLOCK_OFFSET
    return timezone.now() + offset


def today() -> dt.date:
    """The business date in Japan."""
    return timezone.localdate(now())
