"""情報資産の台帳: levels of a line, and what was done to lines of the registers."""

import django.db.models.deletion
import minamo.kernel.ids
from django.conf import settings
from django.db import migrations, models

from minamo.kernel.rls import wall


class Migration(migrations.Migration):

    dependencies = [
        ('policy', '0002_walls'),
        ('tenancy', '0006_school_hours'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='asset',
            name='availability',
            field=models.PositiveSmallIntegerField(choices=[(3, '高'), (2, '中'), (1, '低')], default=2, verbose_name='可用性'),
        ),
        migrations.AddField(
            model_name='asset',
            name='confidentiality',
            field=models.PositiveSmallIntegerField(choices=[(3, '高'), (2, '中'), (1, '低')], default=2, verbose_name='機密性'),
        ),
        migrations.AddField(
            model_name='asset',
            name='integrity',
            field=models.PositiveSmallIntegerField(choices=[(3, '高'), (2, '中'), (1, '低')], default=2, verbose_name='完全性'),
        ),
        migrations.AddField(
            model_name='asset',
            name='note',
            field=models.CharField(blank=True, max_length=200, verbose_name='ひとこと'),
        ),
        migrations.CreateModel(
            name='RegisterEntry',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('added', '載せた'), ('changed', '変えた'), ('confirmed', '見直した'), ('retired', 'なくした')], max_length=10, verbose_name='種類')),
                ('text', models.CharField(blank=True, max_length=400, verbose_name='ひとこと')),
                ('changes', models.JSONField(default=list, verbose_name='変わったところ（項目、前、後）')),
                ('actor_label', models.CharField(max_length=120, verbose_name='した人')),
                ('at', models.DateTimeField(verbose_name='時刻')),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('asset', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='policy.asset')),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        wall('policy_registerentry', sides=('school',)),
    ]
