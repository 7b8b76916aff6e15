"""The wall of papers asks for the release of the paper's own result. In 0002 the column had no table before it and was taken for the
release's own, so that one release in the town opened the papers of every result to the families' side of this wall."""

from django.db import migrations

FOR_SCHOOL = "(SELECT minamo_side()) = 'school'"
AT_HOME = "(SELECT minamo_side()) = 'home' OR ((SELECT minamo_side()) = 'learning' AND pupil_id = (SELECT minamo_self()))"


def condition(result: str) -> str:
    """Rows of the municipalities in scope: for the school all, for others from the release on; `result` names the column."""
    released = f"EXISTS (SELECT 1 FROM marking_release r WHERE r.result_id = {result} AND r.withdrawn_at IS NULL)"
    return (
        "municipality_id = ANY ((SELECT minamo_municipalities())::uuid[])"
        f" AND ({FOR_SCHOOL} OR ({released} AND ({AT_HOME})))"
    )


def policy(result: str) -> str:
    """The policy of the table anew."""
    asked = condition(result)
    return f"ALTER POLICY wall ON marking_resultpaper USING ({asked}) WITH CHECK ({asked});"


class Migration(migrations.Migration):
    dependencies = [("marking", "0017_looks")]
    operations = [migrations.RunSQL(policy("marking_resultpaper.result_id"), policy("result_id"))]
