"""`bin/minamo migrate`: Django's, with half the work on an empty database and the same tables at the end.

Django keeps the classes of a project's history drawn while it migrates. With every step it draws the changed model anew and all
models around it, and in a school everything hangs on everything: some forty classes a step, of which the step looks at one. Here a
step draws the changed model only; what refers to it may hold its former class for a while. Django knows this as a delayed state and
draws everything anew where it matters: before Python moves data, and for a field that others refer to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db.migrations.state import ProjectState


def drawn_anew(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
    """Which classes are drawn anew after a step on a model (application, name): its own; all of them where Django would not wait
    (`delay`), unless the model is new, so that nothing can refer to it."""
    if delay or model_name not in state.apps.all_models[app_label]:
        state.is_delayed = True
        return {(app_label, model_name)}
    state.is_delayed = False
    return {(one.app_label, one.name_lower) for one in (*state.models.values(), *state.apps.real_models)}


@contextmanager
def one_by_one() -> Iterator[None]:
    """As long as it lasts, a step draws one class."""
    former = ProjectState._find_reload_model  # type: ignore[attr-defined]
    ProjectState._find_reload_model = drawn_anew  # type: ignore[attr-defined]
    try:
        yield
    finally:
        ProjectState._find_reload_model = former  # type: ignore[attr-defined]


class Command(Migrate):
    """Django's command."""

    def handle(self, *args: Any, **options: Any) -> None:
        """As Django, one class after the other."""
        with one_by_one():
            super().handle(*args, **options)
