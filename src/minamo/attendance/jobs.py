"""Jobs of this room."""

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from procrastinate.contrib.django import app

from minamo.access.api import Account, system_scope
from minamo.attendance.models import Notice
from minamo.kernel import clock
from minamo.kernel.wareki import format_ja
from minamo.people.api import guardians_to_notify

_WHAT = {"new": "届きました", "corrected": "訂正されました", "withdrawn": "取り消されました"}


@app.task(name="attendance.copy_to_guardians")
def copy_to_guardians(municipality: str, notice: str, what: str) -> int:
    """控え: tell the other guardians that a notice came, was corrected or withdrawn (なりすまし対策).

    No name, no reason, nothing about health: a mail lies open on the way. Restricted guardians are never told. A worker
    killed in the middle may send a copy twice, never none. Returns how many mails were sent.
    """
    with system_scope(UUID(municipality)):
        row = Notice.objects.select_related("school").get(pk=notice)
        family = guardians_to_notify(row.pupil_id, clock.today())
        accounts = {g.account_id for g in family if g.account_id and g.account_id != row.sender_id}
        addresses = list(
            Account.objects.filter(pk__in=accounts, is_active=True).exclude(email="").values_list("email", flat=True)
        )
    days = format_ja(row.begins) if row.begins == row.ends else f"{format_ja(row.begins)}から{format_ja(row.ends)}まで"
    for address in sorted(addresses):
        send_mail(
            f"{row.school.short_name}への{row.get_kind_display()}の連絡が{_WHAT[what]}",
            f"{row.school.short_name}のお子さんについて、{row.get_kind_display()}の連絡（{days}）が"
            f"{row.sender_label}さんから{_WHAT[what]}。\n"
            f"内容を見る：{settings.PUBLIC_URL}{reverse('attendance-notice', kwargs={'notice_id': row.pk})}\n"
            "心あたりのないときは、すぐに学校へ電話してください。\n",
            None,
            [address],
        )
    return len(addresses)
