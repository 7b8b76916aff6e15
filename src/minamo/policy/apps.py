"""Django's registration of the room `policy` (規程・資産・事故)."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    """規程・資産・事故."""

    name = "minamo.policy"
    label = "policy"
    verbose_name = "規程"

    def ready(self) -> None:
        """Offer the exceptions that hold, the entries of the rail and 「事故を知らせる」 in the bar."""
        from minamo.access.api import Facts, offer_bar, offer_navigation, register_facts
        from minamo.policy.navigation import bar, entries
        from minamo.policy.rules.exceptions import RELATIONS

        register_facts(Facts("policy_exception_facts", (*RELATIONS, "terms")))

        offer_navigation(85, entries)
        offer_bar(bar)
