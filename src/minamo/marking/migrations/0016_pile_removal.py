import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0009_pace'),
        ('marking', '0015_second_pages'),
    ]

    operations = [
        migrations.AddField(
            model_name='pile',
            name='parted',
            field=models.JSONField(blank=True, default=list, verbose_name='外した組'),
        ),
        migrations.AddField(
            model_name='pile',
            name='removed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='除いた時刻'),
        ),
        migrations.AddField(
            model_name='pile',
            name='removed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.account'),
        ),
        migrations.AddField(
            model_name='pile',
            name='removed_by_label',
            field=models.CharField(blank=True, max_length=60, verbose_name='除いた人'),
        ),
    ]
