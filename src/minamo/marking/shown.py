"""だれが見えたか (whom a page may have shown), for incidents: who had a place in the class that wrote the test, and whoever was bound
to one of its pages. Callers are authorised; the rows are those in scope."""

from collections.abc import Sequence
from uuid import UUID

from minamo.audit.api import Shown, Within, ids_in, missing, offer_childless, offer_shown
from minamo.marking.models import Absence, Binding, Result, ResultPaper, Sitting
from minamo.people.api import pupils_of_classes


def of_sittings(things: Sequence[str], within: Within) -> Shown:
    """実施: the class, and the owners its pages have or had. Four queries."""
    found = dict(Sitting.objects.filter(pk__in=ids_in(things)).order_by().values_list("pk", "school_class_id"))
    bound: set[UUID | None] = set(_pupils(Binding, list(found)))
    away: set[UUID | None] = set(_pupils(Absence, list(found)))
    pupils = pupils_of_classes(set(found.values())) | {one for one in bound | away if one is not None}
    return Shown(frozenset(pupils), missing(things, set(found)))


def _pupils(model: type[Binding] | type[Absence], sittings: list[UUID]) -> list[UUID | None]:
    return list(model.objects.filter(sitting__in=sittings).order_by().values_list("pupil_id", flat=True).distinct())


def of_results(things: Sequence[str], within: Within) -> Shown:
    """テスト結果: whose papers it holds. Two queries."""
    found = set(Result.objects.filter(pk__in=ids_in(things)).order_by().values_list("pk", flat=True))
    papers = ResultPaper.objects.filter(result__in=found).order_by().values_list("pupil_id", flat=True).distinct()
    return Shown(frozenset(papers), missing(things, found))


def offer() -> None:
    """Say so to the trail. A test itself, its sheet and its settings show no child."""
    offer_shown("Sitting", of_sittings)
    offer_shown("Result", of_results)
    offer_childless("Assessment")
    offer_childless("School", "assessment:create", "keeping:school")
    offer_childless("Municipality", "keeping:town")
