"""過去の版: every edition keeps what it replaced; the public page gives former editions, too.

Editions that exist already: a revision replaced the edition it was begun from, a rollback the one in force before it, a first
edition the model policy (as it reads now: nobody kept what it read then).
"""

import re

from django.db import migrations, models

PUBLIC = """
DROP FUNCTION policy_public(text);
-- The edition in force, or a former one by its number; nothing that never was in force. Overlays are not public.
CREATE FUNCTION policy_public(p_code text, p_number integer) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object(
    'municipality', m.name, 'board', m.board_name, 'number', i.number, 'title', i.title, 'clauses', i.clauses,
    'limits', i.limits, 'published_at', i.published_at, 'effective_on', i.effective_on, 'digest', i.edition_digest,
    'activated_at', i.activated_at, 'ended_at', i.ended_at, 'replaced', i.replaced - 'overlay',
    'overlay_changed', i.overlay <> coalesce(i.replaced ->> 'overlay', ''),
    'editions', (SELECT jsonb_agg(jsonb_build_object('number', e.number, 'title', e.title, 'effective_on', e.effective_on,
        'activated_at', e.activated_at, 'ended_at', e.ended_at, 'goes_back', e.revision_id IS NULL,
        'changed', e.changed, 'limits', e.limits, 'replaced', e.replaced - 'overlay' - 'clauses',
        'overlay_changed', e.overlay <> coalesce(e.replaced ->> 'overlay', '')) ORDER BY e.number DESC)
      FROM policy_issue e
      WHERE e.municipality_id = m.id AND (e.activated_at IS NOT NULL OR e.ended_at IS NOT NULL)),
    'coming', (SELECT jsonb_build_object('number', c.number, 'title', c.title, 'effective_on', c.effective_on)
      FROM policy_issue c WHERE c.municipality_id = m.id AND c.activated_at IS NULL AND c.ended_at IS NULL
      ORDER BY c.number DESC LIMIT 1))
  FROM tenancy_municipality m
  JOIN policy_issue i ON i.municipality_id = m.id AND i.activated_at IS NOT NULL
    AND CASE WHEN p_number IS NULL THEN i.ended_at IS NULL ELSE i.number = p_number END
  WHERE m.code = p_code
$$;
REVOKE ALL ON FUNCTION policy_public(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION policy_public(text, integer) TO minamo_app;
"""


def _read(clauses, limits):
    return {
        number: (clause["title"], re.sub(r"\{(\w+)\}", lambda m: str(limits.get(m[1], m[0])), clause["text"]))
        for number, clause in clauses.items()
    }


def fill(apps, schema_editor):
    """What the editions of before replaced."""
    from minamo.access.limits import DEFAULTS
    from minamo.policy.clauses import base_texts

    Issue = apps.get_model("policy", "Issue")
    for row in Issue.objects.select_related("revision__base").order_by("municipality", "number"):
        held = Issue.objects.filter(municipality=row.municipality_id, activated_at__isnull=False)
        former = row.revision.base if row.revision else held.filter(number__lt=row.number).order_by("-number").first()
        number, clauses, overlay = (former.number, former.clauses, former.overlay) if former else (0, base_texts(), "")
        limits = {**DEFAULTS, **(former.limits if former else {})}
        old, new = _read(clauses, limits), _read(row.clauses, {**DEFAULTS, **row.limits})
        differing = [n for n in {*old, *new} if old.get(n) != new.get(n)]
        row.replaced = {
            "number": number, "clauses": {n: clauses.get(n) for n in differing}, "limits": limits, "overlay": overlay,
        }  # fmt: skip
        row.save(update_fields=["replaced"])


class Migration(migrations.Migration):
    dependencies = [("policy", "0011_posts_of_readers")]
    operations = [
        migrations.AddField("issue", "replaced", models.JSONField(default=dict, verbose_name="置きかえたもの")),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(PUBLIC, migrations.RunSQL.noop),
    ]
