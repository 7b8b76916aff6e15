"""Django's registration of the room `access` (アクセス制御)."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """アクセス制御."""

    name = "minamo.access"
    label = "access"
    verbose_name = "アクセス制御"

    def ready(self) -> None:
        """Read every room's policy once; a policy that cannot be used stops the start (never fail open)."""
        from minamo.access import checks, why  # noqa: F401  registers what a question is about, for the proofs as well
        from minamo.access.navigation import entries
        from minamo.access.shell import offer_navigation
        from minamo.access.streams import fingerprints
        from minamo.kernel.live import offer_guard

        offer_navigation(85, entries)
        offer_guard(fingerprints)
