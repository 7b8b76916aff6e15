"""What travels on a stream: ids, and nothing a person wrote."""

from uuid import UUID

import pytest

from minamo.kernel import live


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["高橋 花", "欠席します", "a b", "x" * 65, "<b>"])
def test_text_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="ids only: pupil"):
        live.publish("school:1", "notice", pupil=value)


@pytest.mark.django_db
@pytest.mark.parametrize("value", [UUID(int=7), 12, "q1", "", "2026-11-24", "mark"])
def test_ids_are_sent(value: object, django_capture_on_commit_callbacks: object) -> None:
    with django_capture_on_commit_callbacks() as callbacks:  # type: ignore[operator]
        live.publish("school:1", "notice", pupil=value)
    assert len(callbacks) == 1
