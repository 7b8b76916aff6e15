"""Django's registration of the room `marking` (採点)."""

from django.apps import AppConfig


class MarkingConfig(AppConfig):
    """採点."""

    name = "minamo.marking"
    label = "marking"
    verbose_name = "採点"

    def ready(self) -> None:
        """Offer the results of tests."""
        from minamo.access.api import offer_navigation, offer_scripts
        from minamo.marking.navigation import entries
        from minamo.marking.seen import SEEN
        from minamo.marking.shown import offer
        from minamo.people.api import offer_seen

        offer()
        offer_navigation(20, entries)
        offer_scripts("marking/mark_store.js", "marking/unsent.js")
        offer_seen(*SEEN)
