"""News of the own account; a terminal that is handed in again stands beside the line it replaces until it is approved."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0011_own_devices'),
    ]

    operations = [
        migrations.AddField(
            model_name='terminal',
            name='asked_from',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='asked', to='access.device', verbose_name='届け出たサインイン'),
        ),
        migrations.AddField(
            model_name='terminal',
            name='replaces',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='access.terminal', verbose_name='届け出直した端末'),
        ),
        migrations.CreateModel(
            name='AccountNews',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='時刻')),
                ('text', models.CharField(max_length=200, verbose_name='したこと')),
                ('device_label', models.CharField(blank=True, max_length=200, verbose_name='端末')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='確かめた時刻')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='news', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['account', '-id'], name='access_news_newest')],
            },
        ),
    ]
