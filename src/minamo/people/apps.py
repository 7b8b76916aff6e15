"""Django's registration of the room `people` (学籍)."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """学籍: pupils, guardians, classes, enrolment."""

    name = "minamo.people"
    label = "people"
    verbose_name = "学籍"

    def ready(self) -> None:
        """Tell access which classes an account teaches and whose guardian it is on a day; offer the lists."""
        from minamo.access.api import Facts, offer_bar, offer_navigation, register_facts
        from minamo.audit.api import offer_names
        from minamo.people.names import class_names, pupil_names
        from minamo.people.navigation import bar, entries
        from minamo.people.shown import offer

        register_facts(Facts("people_facts", ("homerooms", "teaches", "children", "selves", "municipalities")))
        offer_navigation(40, entries)
        offer_bar(bar)
        offer()
        offer_names("Pupil", pupil_names)
        offer_names("SchoolClass", class_names)
