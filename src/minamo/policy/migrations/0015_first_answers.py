"""問いに答えた回, and what was right at first; why an edition was decided stands with it; what an overlay closes is public in words.

Acknowledgements of before counted the last answers, when all of them were right by definition: how many were right at first is not
known of them. Editions of before keep no reason: nobody who wrote one then knew that it would be public.
"""

import django.db.models.deletion
import minamo.kernel.ids
from django.conf import settings
from django.db import migrations, models

from minamo.kernel.rls import wall

PUBLIC = """
-- The edition in force, or a former one by its number; nothing that never was in force. Why a revision was decided is public, why
-- somebody went back is not. Of overlays the pages show what they close, in words.
CREATE OR REPLACE FUNCTION policy_public(p_code text, p_number integer) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object(
    'municipality', m.name, 'board', m.board_name, 'number', i.number, 'title', i.title, 'clauses', i.clauses,
    'limits', i.limits, 'overlay', i.overlay, 'published_at', i.published_at, 'effective_on', i.effective_on,
    'digest', i.edition_digest, 'activated_at', i.activated_at, 'ended_at', i.ended_at, 'replaced', i.replaced,
    'editions', (SELECT jsonb_agg(jsonb_build_object('number', e.number, 'title', e.title, 'effective_on', e.effective_on,
        'activated_at', e.activated_at, 'ended_at', e.ended_at, 'goes_back', e.revision_id IS NULL,
        'note', CASE WHEN e.revision_id IS NULL THEN '' ELSE e.note END,
        'changed', e.changed, 'limits', e.limits, 'replaced', e.replaced - 'overlay' - 'clauses' - 'whence',
        'overlay_changed', e.overlay <> coalesce(e.replaced ->> 'overlay', '')) ORDER BY e.number DESC)
      FROM policy_issue e
      WHERE e.municipality_id = m.id AND (e.activated_at IS NOT NULL OR e.ended_at IS NOT NULL)),
    'coming', (SELECT jsonb_build_object('number', c.number, 'title', c.title, 'effective_on', c.effective_on, 'note', c.note)
      FROM policy_issue c WHERE c.municipality_id = m.id AND c.activated_at IS NULL AND c.ended_at IS NULL
      ORDER BY c.number DESC LIMIT 1))
  FROM tenancy_municipality m
  JOIN policy_issue i ON i.municipality_id = m.id AND i.activated_at IS NOT NULL
    AND CASE WHEN p_number IS NULL THEN i.ended_at IS NULL ELSE i.number = p_number END
  WHERE m.code = p_code
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("policy", "0014_county"),
        ("tenancy", "0008_begins"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AlterField("revision", "reason", models.TextField(blank=True, max_length=1000, verbose_name="改正理由")),
        migrations.AlterField("issue", "note", models.TextField(blank=True, max_length=1000, verbose_name="わけ")),
        migrations.RemoveConstraint(model_name="acknowledgement", name="policy_right_of_asked"),
        migrations.RemoveField("acknowledgement", "right"),
        migrations.AddField(
            "acknowledgement", "right_at_first", models.PositiveSmallIntegerField(null=True, verbose_name="はじめに正しかった数")
        ),
        migrations.AddConstraint(
            model_name="acknowledgement",
            constraint=models.CheckConstraint(
                condition=models.Q(("right_at_first__lte", models.F("asked"))), name="policy_right_of_asked"
            ),
        ),
        migrations.CreateModel(
            name="QuizRound",
            fields=[
                ("id", models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("clauses", models.JSONField(verbose_name="読んだ条文の番号")),
                ("asked", models.JSONField(verbose_name="問い")),
                ("wrong", models.JSONField(verbose_name="ちがった問い")),
                ("at", models.DateTimeField(verbose_name="時刻")),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("issue", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="policy.issue")),
                ("municipality", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.municipality")),
            ],
            options={"ordering": ["at", "id"]},
        ),
        migrations.AddIndex(
            model_name="quizround", index=models.Index(fields=["issue", "account"], name="policy_quiz_of")
        ),
        wall("policy_quizround", sides=("school",)),
        migrations.RunSQL(PUBLIC, migrations.RunSQL.noop),
    ]
