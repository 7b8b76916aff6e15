"""Migrating draws one class a step: the class a step looks at is always the one of that moment, and where all count, all are drawn."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models
from django.db.migrations import AddField, AlterField, CreateModel, RunPython
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from minamo.kernel.management.commands.migrate import one_by_one


@pytest.fixture
def light() -> Iterator[None]:
    with one_by_one():
        yield


def drawn(state: ProjectState) -> dict[str, type[models.Model]]:
    return dict(state.apps.all_models["x"])


def school(*steps: Any) -> ProjectState:
    """A history of a school, a class and a pupil, each hanging on the one before."""
    state = ProjectState()
    _ = state.apps
    key = ("id", models.BigAutoField(primary_key=True))
    to = {"School": (), "Class": (("of", models.ForeignKey("x.School", models.CASCADE)),),
          "Pupil": (("of", models.ForeignKey("x.Class", models.CASCADE)),)}  # fmt: skip
    for step in (*(CreateModel(name, [key, *more]) for name, more in to.items()), *steps):
        step.state_forwards("x", state)
    return state


def test_a_step_draws_its_own_class_and_no_other(light: None) -> None:
    state = school()
    before = drawn(state)
    AddField("School", "name", models.TextField(default="")).state_forwards("x", state)
    after = drawn(state)
    assert {name for name in after if after[name] is not before[name]} == {"school"}
    assert after["school"]._meta.get_field("name").model is after["school"]


def test_a_field_that_others_refer_to_draws_all(light: None) -> None:
    state = school(AddField("School", "name", models.TextField(default="")))
    assert drawn(state)["class"]._meta.get_field("of").related_model is not drawn(state)["school"]
    AlterField("School", "id", models.UUIDField(primary_key=True)).state_forwards("x", state)
    for child, parent in (("class", "school"), ("pupil", "class")):
        assert drawn(state)[child]._meta.get_field("of").related_model is drawn(state)[parent]


def test_python_that_moves_data_meets_classes_that_fit_together(light: None) -> None:
    state = school(AddField("School", "name", models.TextField(default="")))
    seen = []

    class Editor:
        connection = type("connection", (), {"alias": "default"})

    RunPython(lambda apps, _: seen.append(apps)).database_forwards("x", Editor(), state, state)
    (apps,) = seen
    assert apps.get_model("x", "Class")._meta.get_field("of").related_model is apps.get_model("x", "School")
    assert apps.get_model("x", "School")._meta.related_objects[0].related_model is apps.get_model("x", "Class")


def test_every_step_of_our_own_history_meets_the_model_of_its_moment(light: None) -> None:
    loader = MigrationLoader(None)
    plan = dict.fromkeys(key for leaf in loader.graph.leaf_nodes() for key in loader.graph.forwards_plan(leaf))
    state = ProjectState(real_apps=loader.unmigrated_apps)
    _ = state.apps
    met = 0
    for app, name in plan:
        for step in loader.graph.nodes[app, name].operations:
            step.state_forwards(app, state)
            touched = getattr(step, "model_name_lower", getattr(step, "name_lower", ""))
            if (app, touched) in state.models:
                fields = state.apps.get_model(app, touched)._meta.local_fields
                assert {one.name for one in fields} == {
                    field for field, one in state.models[app, touched].fields.items() if not one.many_to_many
                }, (name, step)
                met += 1
    assert met > 250
