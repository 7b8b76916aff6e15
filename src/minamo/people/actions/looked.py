"""離籍した児童生徒まで見た: a list that reaches back before the school year is a row of its own, for the page of a school says nothing of it."""

from minamo.access.api import Actor, authorise
from minamo.audit.api import append
from minamo.people.schools import School


def looked_back(*, actor: Actor, action: str, school: School) -> None:
    """Those who have left stand on a page of the school as well. Raises Denied."""
    decision = authorise(actor, action, school)
    append(
        actor=actor, action=action, resource_type="FormerPupil", resource_id=str(school.pk), municipality=school.municipality_id,
        school=school.pk, rules=decision.rules,
    )  # fmt: skip
