"""2回採点: a question is marked once more by somebody who sees nothing of the first marking; bundles of answers are asked for."""

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.kernel import jobs, live
from minamo.marking.models import SecondMarking, Sitting
from minamo.marking.queries.marks import NoSuchQuestion, settled, sheet_of


class SecondRefused(ValueError):
    """The second marking cannot begin or end like this; the message says why."""


def ask_second(*, actor: Actor, sitting: Sitting, question: str) -> SecondMarking:
    """2回採点を頼む for one question; asking twice is asking once. Raises SecondRefused."""
    decision = authorise(actor, "sitting:manage", sitting)
    locked = _checked(sitting, question)
    row = SecondMarking.objects.filter(sitting=locked, question=question, ended_at__isnull=True).first()
    if row is None:
        row = SecondMarking.objects.create(
            municipality_id=locked.municipality_id, sitting=locked, question=question, asked_by_id=actor.account_id,
            asked_by_label=actor.label[:60], asked_at=actor.now,
        )  # fmt: skip
        _tell(actor, locked, decision.rules, {"second": row.pk}, question)
    return row


def end_second(*, actor: Actor, sitting: Sitting, question: str) -> None:
    """2回採点をやめる: the first marking counts again; strokes of the second stay in the log."""
    decision = authorise(actor, "sitting:manage", sitting)
    locked = _checked(sitting, question)
    for row in SecondMarking.objects.select_for_update().filter(
        sitting=locked, question=question, ended_at__isnull=True
    ):
        row.ended_at = actor.now
        row.save(update_fields=["ended_at"])
        _tell(actor, locked, decision.rules, {"second": row.pk, "ended": True}, question)


def ask_groups(*, actor: Actor, sitting: Sitting, question: str) -> None:
    """似ている答えをまとめる: a job bundles the answers of one question; nothing is marked by it."""
    decision = authorise(actor, "sitting:mark", sitting)
    sheet_of(sitting).question(question)
    jobs.defer("marking.group", municipality=str(sitting.municipality_id), sitting=str(sitting.pk), question=question)
    _tell(actor, sitting, decision.rules, {"groups": True}, question)


def _checked(sitting: Sitting, question: str) -> Sitting:
    locked = Sitting.objects.select_for_update(no_key=True).get(pk=sitting.pk)
    try:
        sheet_of(locked).question(question)
    except NoSuchQuestion as problem:
        raise SecondRefused("この設問は、いまのテストの設定にありません。画面を開き直してください。") from problem
    if settled(locked):
        raise SecondRefused("このテストはもう確定しています。2回採点は、確定の前に頼んでください。")
    return locked


def _tell(actor: Actor, sitting: Sitting, rules: tuple[str, ...], detail: dict[str, object], question: str) -> None:
    audit.append(
        actor=actor, action="sitting:mark" if "groups" in detail else "sitting:manage", resource_type="Sitting",
        resource_id=str(sitting.pk), municipality=sitting.municipality_id, school=sitting.school_id, rules=rules, detail=detail,
    )  # fmt: skip
    live.publish(f"sitting:{sitting.pk}", "marks", question=question, by="")
