"""異動に先立つ事実: what the register knows of the days on which a movement that is taken back had set the child."""

from django.db.models import Q

from minamo.attendance.models import HealthObservation, Mark, MonthClosing, Notice
from minamo.people.api import SchoolClass, TakenBack


def obstacles(taken: TakenBack) -> list[str]:
    """記録・連絡・月締め that rest on an enrolment, each with what to do. At most four queries."""
    return [*_marked(taken), *_noticed(taken), *_closed(taken)]


def _marked(taken: TakenBack) -> list[str]:
    if not taken.lost:
        return []
    lost = Q()
    for stay in taken.lost:
        days = Q(day__gte=stay.begins) & (Q() if stay.ends is None else Q(day__lte=stay.ends))
        lost |= Q(school=stay.school) & days
    found = []
    for model, what in ((Mark, "出欠の記録"), (HealthObservation, "健康観察の記録")):
        on = list(model.objects.filter(lost, pupil=taken.pupil_id).order_by("day").values_list("day", flat=True))
        if on:
            first = f"{on[0].month}月{on[0].day}日"
            found.append(
                f"その学校に在籍している日の{what}が{len(on)}日分（{first}から）あります。"
                f"取り消すとその日の在籍がなくなるので、先に学級の出欠で{what}を消してください。"
            )
    return found


def _noticed(taken: TakenBack) -> list[str]:
    days = Q(pk__in=[])
    for stay in taken.lost:
        span = Q(ends__gte=stay.begins) & (Q() if stay.ends is None else Q(begins__lte=stay.ends))
        days |= Q(school=stay.school) & span
    notice = Notice.objects.filter(days, pupil=taken.pupil_id, withdrawn_at__isnull=True).order_by("begins").first()
    if notice is None:
        return []
    day = f"{notice.begins.month}月{notice.begins.day}日"
    return [f"保護者の連絡（{day}の{notice.get_kind_display()}）が届いています。先にその連絡を取り消してください。"]


def _closed(taken: TakenBack) -> list[str]:
    """Months closed since: what the head has looked at does not change behind the head's back."""
    closings = MonthClosing.objects.filter(
        school_class__in=taken.class_ids, month__gte=taken.from_day.replace(day=1), closed_at__gt=taken.since,
        reopened_at__isnull=True,
    ).order_by("month")  # fmt: skip
    closing = closings.first()
    if closing is None:
        return []
    title = SchoolClass.objects.values_list("title", flat=True).get(pk=closing.school_class_id)
    return [f"{title}の{closing.month.month}月の出席簿が締めてあります。校長・教頭に月の締めを解いてもらってください。"]
