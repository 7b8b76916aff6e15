"""例外: the register that nobody could write to before is made anew, as links of templates; which hold for an account on a day."""

import datetime

import django.db.models.deletion
import minamo.kernel.ids
from django.conf import settings
from django.db import migrations, models

from minamo.kernel.rls import wall

FACTS = """
-- Exceptions that hold for an account on a day, as relations of the actor, and until when. Days are days in Japan; one that
-- was revoked holds for no day from the day of its revocation on.
CREATE FUNCTION policy_exception_facts(p_account uuid, p_on date) RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  WITH held AS (
    SELECT template || '_exceptions' AS relation, coalesce(school_class_id, school_id) AS id, max(ends) AS ends
    FROM policy_exceptiongrant
    WHERE person_id = p_account AND template <> '' AND begins <= p_on AND ends >= p_on AND refused_at IS NULL
      AND (granted_at AT TIME ZONE 'Asia/Tokyo')::date <= p_on
      AND (revoked_at IS NULL OR (revoked_at AT TIME ZONE 'Asia/Tokyo')::date > p_on)
    GROUP BY 1, 2
  ), relations AS (
    SELECT relation, jsonb_agg(id ORDER BY id) AS ids FROM held GROUP BY relation
  )
  SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM held) THEN '{}'::jsonb ELSE
    (SELECT jsonb_object_agg(relation, ids) FROM relations)
    || jsonb_build_object('terms', (SELECT jsonb_object_agg(relation || ':' || id, ends) FROM held))
  END
$$;
REVOKE ALL ON FUNCTION policy_exception_facts(uuid, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION policy_exception_facts(uuid, date) TO minamo_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("policy", "0003_assets"), ("people", "0006_movements"), ("tenancy", "0006_school_hours"), migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.DeleteModel(name="ExceptionGrant"),
        migrations.AlterField(
            model_name='registerentry',
            name='kind',
            field=models.CharField(choices=[('added', '載せた'), ('changed', '変えた'), ('confirmed', '見直した'), ('retired', 'なくした'), ('requested', '願い出た'), ('granted', '認めた'), ('refused', '認めなかった'), ('revoked', '取り消した')], max_length=10, verbose_name='種類'),
        ),
        migrations.CreateModel(
            name='ExceptionGrant',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('template', models.CharField(blank=True, choices=[('roll', 'ほかの学校の名簿と学籍を見る'), ('contacts', '担任でない学級の連絡先を見る'), ('register', '担当でない学級の出欠を記録する')], max_length=10, verbose_name='型')),
                ('person_label', models.CharField(blank=True, max_length=120, verbose_name='だれに')),
                ('clause', models.CharField(max_length=10, verbose_name='条文')),
                ('scope', models.CharField(max_length=200, verbose_name='範囲')),
                ('reason', models.CharField(max_length=400, verbose_name='理由')),
                ('instead', models.CharField(max_length=400, verbose_name='代わりの対策')),
                ('begins', models.DateField(verbose_name='始まり')),
                ('ends', models.DateField(verbose_name='終わり')),
                ('requested_by', models.CharField(max_length=120, verbose_name='願い出た人')),
                ('requested_at', models.DateTimeField(verbose_name='願い出た時刻')),
                ('granted_by', models.CharField(blank=True, max_length=120, verbose_name='認めた人')),
                ('granted_at', models.DateTimeField(null=True, verbose_name='認めた時刻')),
                ('refused_at', models.DateTimeField(null=True, verbose_name='認めなかった時刻')),
                ('revoked_at', models.DateTimeField(null=True, verbose_name='取り消した時刻')),
                ('granter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requester', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.school')),
                ('school_class', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.schoolclass')),
            ],
            options={
                'ordering': ['ends'],
            },
        ),
        migrations.AddField(
            model_name='registerentry',
            name='grant',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='policy.exceptiongrant'),
        ),
        migrations.AddIndex(
            model_name='exceptiongrant',
            index=models.Index(fields=['person', 'ends'], name='policy_exception_person'),
        ),
        migrations.AddIndex(
            model_name='exceptiongrant',
            index=models.Index(fields=['municipality', '-ends'], name='policy_exception_newest'),
        ),
        migrations.AddConstraint(
            model_name='exceptiongrant',
            constraint=models.CheckConstraint(condition=models.Q(('ends__gte', models.F('begins'))), name='policy_exception_days'),
        ),
        migrations.AddConstraint(
            model_name='exceptiongrant',
            constraint=models.CheckConstraint(condition=models.Q(('ends__lte', django.db.models.expressions.CombinedExpression(models.F('begins'), '+', models.Value(datetime.timedelta(days=366))))), name='policy_exception_a_year'),
        ),
        migrations.AddConstraint(
            model_name='exceptiongrant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('school_class', None), ('template', '')), models.Q(('person__isnull', False), ('school__isnull', False), ('school_class', None), ('template', 'roll')), models.Q(('person__isnull', False), ('school_class__isnull', False), ('template__in', ['contacts', 'register'])), _connector='OR'), name='policy_exception_scope'),
        ),
        migrations.AddConstraint(
            model_name='exceptiongrant',
            constraint=models.CheckConstraint(condition=models.Q(('granter', None), models.Q(models.Q(('granter', models.F('requester')), _negated=True), models.Q(('person', None), models.Q(('granter', models.F('person')), _negated=True), _connector='OR')), _connector='OR'), name='policy_exception_second_person'),
        ),
        wall("policy_exceptiongrant", sides=("school",)),
        migrations.RunSQL(FACTS, "DROP FUNCTION policy_exception_facts(uuid, date);"),
    ]
