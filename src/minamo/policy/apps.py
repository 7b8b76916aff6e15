"""Django's registration of the room `policy` (規程・資産・事故)."""

from django.apps import AppConfig

# Pages and acts that show no child. An incident is not among them: what people write into it may name one, and nobody can count that.
_CHILDLESS = (
    "Asset", "CountyLayer", "ExceptionGrant", "Inspection", "OutsideService", "PolicyIssue", "PolicyRevision",
)  # fmt: skip
_OF_THE_TOWN = (
    "acknowledgement:town", "asset:edit", "asset:list", "asset:refresh", "incident:report", "inspection:town", "outside:edit",
    "policy:acknowledge", "policy:activate", "policy:draft", "policy:read", "policy:remind",
)  # fmt: skip


class PolicyConfig(AppConfig):
    """規程・資産・事故."""

    name = "minamo.policy"
    label = "policy"
    verbose_name = "規程"

    def ready(self) -> None:
        """Offer the exceptions that hold, the entries of the rail and 「事故を知らせる」 in the bar."""
        from minamo.access.api import Facts, offer_bar, offer_navigation, register_facts
        from minamo.audit.api import offer_childless
        from minamo.policy.navigation import bar, entries
        from minamo.policy.rules.exceptions import RELATIONS
        from minamo.policy.shown import offer

        register_facts(Facts("policy_exception_facts", (*RELATIONS, "terms")))

        for noun in _CHILDLESS:
            offer_childless(noun)
        offer_childless("Municipality", *_OF_THE_TOWN)
        offer_childless("School", "acknowledgement:school", "inspection:school")
        offer_childless("Incident", "incident:report")
        offer()
        offer_navigation(85, entries)
        offer_bar(bar)
