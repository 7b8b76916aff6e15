"""Django's registration of the room `audit` (監査)."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """監査: the append-only trail."""

    name = "minamo.audit"
    label = "audit"
    verbose_name = "監査"

    def ready(self) -> None:
        """Offer the trail to the access room, which lies below and may not import it; the menu entry; the sealer."""
        from minamo.access.api import offer_navigation
        from minamo.access.ports import set_trail
        from minamo.audit.api import append, offer_childless
        from minamo.audit.navigation import entries
        from minamo.audit.seal import keep_sealing
        from minamo.kernel.companions import offer_companion

        offer_companion("sealer", keep_sealing)
        set_trail(append)
        for noun in ("Own", "Device", "Terminal"):  # of the room access, which lies below and may not say so itself
            offer_childless(noun)
        offer_navigation(90, entries)
