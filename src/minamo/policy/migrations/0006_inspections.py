"""自己点検と監査: rounds with their figures and answers; the table of answers, which no page ever wrote to, is made anew."""

import django.db.models.deletion
import minamo.kernel.ids
from django.conf import settings
from django.db import migrations, models

from minamo.kernel.rls import wall


class Migration(migrations.Migration):

    dependencies = [
        ('policy', '0005_services'),
        ('tenancy', '0006_school_hours'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.DeleteModel(name='InspectionAnswer'),
        migrations.CreateModel(
            name='Inspection',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('year', models.PositiveSmallIntegerField(verbose_name='年度')),
                ('kind', models.CharField(choices=[('self', '自己点検'), ('audit', '監査')], max_length=5, verbose_name='種類')),
                ('auditor', models.CharField(blank=True, max_length=80, verbose_name='監査する人')),
                ('lines', models.JSONField(default=list, verbose_name='条文ごとの行')),
                ('figures_at', models.DateTimeField(verbose_name='数字を取った時刻')),
                ('begun_by', models.CharField(max_length=120, verbose_name='始めた人')),
                ('begun_at', models.DateTimeField(verbose_name='始めた時刻')),
                ('summary', models.CharField(blank=True, max_length=1000, verbose_name='全体の所見')),
                ('finished_by', models.CharField(blank=True, max_length=120, verbose_name='終えた人')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='終えた時刻')),
                ('finisher', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('school', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.school')),
            ],
            options={
                'ordering': ['-begun_at'],
            },
        ),
        migrations.CreateModel(
            name='InspectionAnswer',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('clause', models.CharField(max_length=10, verbose_name='条文')),
                ('verdict', models.CharField(choices=[('done', 'できている'), ('partly', '一部できている'), ('not', 'できていない')], max_length=6, verbose_name='答え')),
                ('note', models.CharField(blank=True, max_length=300, verbose_name='ひとこと')),
                ('answered_by', models.CharField(max_length=120, verbose_name='答えた人')),
                ('answered_at', models.DateTimeField(verbose_name='答えた時刻')),
                ('inspection', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='policy.inspection')),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
            ],
            options={
                'ordering': ['answered_at', 'id'],
            },
        ),
        migrations.AddIndex(
            model_name='inspection',
            index=models.Index(fields=['municipality', 'year', 'school'], name='policy_inspection_place'),
        ),
        migrations.AddConstraint(
            model_name='inspection',
            constraint=models.UniqueConstraint(condition=models.Q(('finished_at', None)), fields=('municipality', 'school', 'year', 'kind'), name='policy_inspection_one_open', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='inspection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('auditor', ''), ('kind', 'self')), models.Q(('kind', 'audit'), ('school', None), models.Q(('auditor', ''), _negated=True)), _connector='OR'), name='policy_inspection_auditor'),
        ),
        wall('policy_inspection', sides=('school',)),
        wall('policy_inspectionanswer', sides=('school',)),
    ]
