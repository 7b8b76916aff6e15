"""Django's registration of the room `attendance` (出欠)."""

from django.apps import AppConfig


class AttendanceConfig(AppConfig):
    """出欠."""

    name = "minamo.attendance"
    label = "attendance"
    verbose_name = "出欠"

    def ready(self) -> None:
        """Offer the own register first in the rail, and say what of it rests on an enrolment and what of it
        waits on a device."""
        from minamo.access.api import offer_navigation, offer_scripts
        from minamo.attendance.navigation import staff_entries
        from minamo.attendance.queries.presence import presence
        from minamo.attendance.queries.resting import obstacles
        from minamo.attendance.seen import SEEN
        from minamo.audit.api import offer_childless
        from minamo.people.api import offer_obstacles, offer_register, offer_seen

        offer_obstacles(obstacles)
        offer_register(presence)
        offer_seen(*SEEN)
        offer_childless("School", "attendance:closure")
        offer_childless("Municipality", "attendance:codes")
        offer_navigation(10, staff_entries)
        offer_scripts("attendance/line.js")
