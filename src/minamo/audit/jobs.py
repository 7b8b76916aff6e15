"""Jobs of this room: every quarter of an hour neighbours look at the newest checkpoints."""

from procrastinate.contrib.django import app

from minamo.audit.witness import witness_all


@app.periodic(cron="*/15 * * * *")
@app.task(name="audit.witness")
def witness(timestamp: int) -> int:
    """立ち会い: returns how many countersignatures were given."""
    return sum(not outcome.refused for outcome in witness_all())
