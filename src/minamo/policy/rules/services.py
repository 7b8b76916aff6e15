"""外部サービスの期限: when a service or a contractor has to be looked at again. Pure functions of dates and answers."""

import datetime as dt
from collections.abc import Mapping

from minamo.policy.rules.deadlines import confirm_by, confirm_due

BEFORE_END = dt.timedelta(days=60)
GRAVE = frozenset({"I", "II"})
MARKS = ("ismap", "iso27001", "iso27017", "privacy_mark")


def reasons_due(
    *, checked_on: dt.date | None, contract_ends: dt.date | None, today: dt.date, grade: str, answers: Mapping[str, str]
) -> list[str]:
    """Why somebody has to do something about it now; empty when nobody has."""
    found = []
    if confirm_due(checked_on, today):
        due = confirm_by(checked_on)
        found.append("まだ確かめていません" if due is None else f"年に一度の確かめの時期です（{due:%Y-%m-%d}）")
    if contract_ends is not None and contract_ends < today:
        found.append("契約の終わりを過ぎています")
    elif contract_ends is not None and contract_ends - today <= BEFORE_END:
        found.append(f"契約が{(contract_ends - today).days}日で終わります")
    if answers.get("subcontracting") == "open":
        found.append("再委託の同意がまだです")
    if grade in GRAVE and answers.get("subcontracting") == "unknown":
        found.append("再委託の有無を聞いていません")
    if grade in GRAVE and all(answers.get(mark, "unknown") == "unknown" for mark in MARKS):
        found.append("認証などの答えがありません")
    return found
