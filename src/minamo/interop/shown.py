"""だれが見えたか (whom a page may have shown), for incidents: the children of the place a list was taken in for. Who stood in a list that
was not taken in is nowhere in the register: such rows cannot be counted, and say so. Callers are authorised."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Q

from minamo.audit.api import Shown, Within, ids_in, missing, offer_shown
from minamo.interop.models import ImportRun, TrayRow
from minamo.people.api import at_the_school, of_places


def of_rosters(things: Sequence[str], within: Within) -> Shown:
    """名簿の取り込み of a municipality. Three queries."""
    since, until = within.moments
    runs = ImportRun.objects.filter(municipality__in=ids_in(things), started_at__lt=until)
    waiting = Q(finished_at__isnull=True) | Q(finished_at__gte=since)
    return _with(
        of_places(things, within),
        runs.filter(waiting).exclude(state="applied").values_list("municipality_id", flat=True),
    )


def of_guardian_lists(things: Sequence[str], within: Within) -> Shown:
    """保護者一覧の取り込み of schools, with the rows put aside that belong to no child. Three queries."""
    since, until = within.moments
    rows = TrayRow.objects.filter(school__in=ids_in(things), pupil__isnull=True, run__started_at__lt=until)
    waiting = Q(decided_at__isnull=True) | Q(decided_at__gte=since)
    return _with(of_places(things, within), rows.filter(waiting).values_list("school_id", flat=True))


def of_tray(things: Sequence[str], within: Within) -> Shown:
    """A row put aside: its child. One that belongs to none cannot be counted. Two queries at most."""
    found = dict(TrayRow.objects.filter(pk__in=ids_in(things)).order_by().values_list("pk", "pupil_id"))
    pupils = {row: pupil for row, pupil in found.items() if pupil is not None}
    return Shown(at_the_school(pupils.values(), within), missing(things, set(pupils)))


def _with(shown: Shown, strangers: Iterable[UUID | None]) -> Shown:
    """The children, and the places where others stood in a list as well."""
    return Shown(shown.pupils, shown.gone | {str(place) for place in strangers})


def offer() -> None:
    """Say so to the trail."""
    offer_shown("Municipality", of_rosters, "roster:import")
    offer_shown("School", of_guardian_lists, "roster:guardians")
    offer_shown("TrayRow", of_tray)
