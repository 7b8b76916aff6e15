"""仕事: piles are read, pages cut anew, answers bundled. What opens images is loaded only when a worker takes a job.
Those of giving back stand in a file of their own."""

from uuid import UUID

from procrastinate.contrib.django import app

from minamo.access.api import system_scope
from minamo.kernel import files
from minamo.marking import incoming
from minamo.marking import jobs_back as jobs_back
from minamo.marking.models import Sitting


@app.task(name="marking.read_pile")
def read_pile(municipality: str, pile: str) -> int:
    """山を読む; run again after a worker was killed, it goes on where it was."""
    from minamo.marking import scanning

    return scanning.read_pile(UUID(municipality), UUID(pile))


@app.task(name="marking.read_again")
def read_again(municipality: str, page: str) -> int:
    """一枚を読み直す, anew or from corners set by hand."""
    from minamo.marking import scanning

    return scanning.read_again(UUID(municipality), [UUID(page)])


@app.task(name="marking.recut")
def recut(municipality: str, assessment: str = "", sitting: str = "", edition: str = "") -> int:
    """切り直す after the edition changed: one sitting, or all of a test. With `edition` only when that is still the newest:
    while somebody works on the settings, the last saving does it for all."""
    from minamo.marking import scanning

    if not assessment and not sitting:
        raise ValueError("marking.recut needs a test or a sitting")
    with system_scope(UUID(municipality)):
        rows = Sitting.objects.filter(pk=sitting) if sitting else Sitting.objects.filter(assessment=UUID(assessment))
        sittings = list(rows.values_list("pk", flat=True))
    return scanning.recut(UUID(municipality), sittings, edition)


@app.task(name="marking.compare")
def compare(municipality: str, sitting: str) -> None:
    """くらべる: which pages are second scans, and which lie behind which, after a pile has come back."""
    from minamo.marking import scanning

    scanning.compare(UUID(municipality), UUID(sitting))


@app.task(name="marking.group")
def group(municipality: str, sitting: str, question: str) -> int:
    """答えをまとめる."""
    from minamo.marking import grouping

    return grouping.group(UUID(municipality), UUID(sitting), question)


@app.periodic(cron="40 17 * * *")  # 2:40 in Japan
@app.task(name="marking.sweep", queueing_lock="marking.sweep")
def sweep(timestamp: int) -> int:
    """送りかけで置かれたままのものを捨てる."""
    return incoming.sweep() + files.sweep()
