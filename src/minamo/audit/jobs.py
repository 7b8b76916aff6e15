"""Jobs of this room: every quarter of an hour neighbours look at the newest checkpoints; every night the partitions of the months
ahead are made and the whole trail is verified."""

from procrastinate.contrib.django import app

from minamo.audit.nightly import check_all
from minamo.audit.partitions import make_months
from minamo.audit.witness import witness_all
from minamo.kernel import clock


@app.periodic(cron="*/15 * * * *")
@app.task(name="audit.witness")
def witness(timestamp: int) -> int:
    """立ち会い: returns how many countersignatures were given."""
    return sum(not outcome.refused for outcome in witness_all())


@app.periodic(cron="20 16 * * *")  # 16:20 UTC is twenty past one at night in Japan
@app.task(name="audit.months")
def months(timestamp: int) -> None:
    """区画を作る: a year ahead, so that an installation that stands still for a while loses nothing either."""
    make_months(clock.today())


@app.periodic(cron="10 17 * * *")  # ten past two at night in Japan
@app.task(name="audit.check", queueing_lock="audit.check")
def check(timestamp: int) -> int:
    """夜の検証: returns how many findings. What keeps it from verifying fails the job; the page then says since when."""
    return check_all()
