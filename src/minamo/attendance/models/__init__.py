"""Nouns of 出欠・健康観察 (attendance). Private to this room."""

from minamo.attendance.models.codes import AttendanceCode, HealthItem
from minamo.attendance.models.day import Closure, HealthObservation, Mark, MarkChange, MonthClosing
from minamo.attendance.models.notice import CallLog, Notice, NoticeChange, Resolution

__all__ = [
    "AttendanceCode", "CallLog", "Closure", "HealthItem", "HealthObservation", "Mark", "MarkChange", "MonthClosing",
    "Notice", "NoticeChange", "Resolution",
]  # fmt: skip
