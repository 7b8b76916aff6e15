"""Walls of results: a family's side sees a result and its papers only from the release on, a learner only the own paper."""

from django.db import migrations

from minamo.kernel.rls import wall

RELEASED = "EXISTS (SELECT 1 FROM marking_release r WHERE r.result_id = {} AND r.withdrawn_at IS NULL)"
OWN_PAPER = "EXISTS (SELECT 1 FROM marking_resultpaper p WHERE p.id = paper_id AND p.pupil_id = (SELECT minamo_self()))"
OWN_REVIEW = (
    "EXISTS (SELECT 1 FROM marking_review v JOIN marking_resultpaper p ON p.id = v.paper_id"
    " WHERE v.id = review_id AND p.pupil_id = (SELECT minamo_self()))"
)


def from_release(table: str, result: str, learner: str) -> migrations.RunSQL:
    """Like `wall`, but home and learning side only where the result was given back."""
    side = "(SELECT minamo_side())"
    seen = f"({side} = 'school' OR ({RELEASED.format(result)} AND ({side} = 'home' OR ({side} = 'learning' AND {learner}))))"
    condition = f"municipality_id = ANY ((SELECT minamo_municipalities())::uuid[]) AND {seen}"
    return migrations.RunSQL(
        sql=f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"CREATE POLICY wall ON {table} USING ({condition}) WITH CHECK ({condition});",
        reverse_sql=f"DROP POLICY wall ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )


class Migration(migrations.Migration):
    dependencies = [("marking", "0001_results"), ("people", "0002_walls")]
    operations = [
        wall("marking_release", learner="true"),
        from_release("marking_result", "marking_result.id", "true"),
        from_release("marking_resultpaper", "result_id", "pupil_id = (SELECT minamo_self())"),
        wall("marking_review", learner=OWN_PAPER),
        wall("marking_reviewanswer", learner=OWN_REVIEW),
    ]
