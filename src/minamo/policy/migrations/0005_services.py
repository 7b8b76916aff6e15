"""外部サービスと委託先: what was asked and answered; an entry is of one line of one register."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('policy', '0004_exceptions'),
        ('tenancy', '0006_school_hours'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='outsideservice',
            name='contact',
            field=models.CharField(default='', max_length=120, verbose_name='事故のときの連絡先'),
        ),
        migrations.AddField(
            model_name='outsideservice',
            name='contract_begins',
            field=models.DateField(null=True, verbose_name='契約の始まり'),
        ),
        migrations.AddField(
            model_name='outsideservice',
            name='ismap',
            field=models.CharField(choices=[('unknown', 'まだ聞いていない'), ('yes', 'ある'), ('no', 'ない')], default='unknown', max_length=8, verbose_name='ISMAP への登録'),
        ),
        migrations.AddField(
            model_name='outsideservice',
            name='iso27001',
            field=models.CharField(choices=[('unknown', 'まだ聞いていない'), ('yes', 'ある'), ('no', 'ない')], default='unknown', max_length=8, verbose_name='ISO/IEC 27001'),
        ),
        migrations.AddField(
            model_name='outsideservice',
            name='iso27017',
            field=models.CharField(choices=[('unknown', 'まだ聞いていない'), ('yes', 'ある'), ('no', 'ない')], default='unknown', max_length=8, verbose_name='ISO/IEC 27017'),
        ),
        migrations.AddField(
            model_name='outsideservice',
            name='privacy_mark',
            field=models.CharField(choices=[('unknown', 'まだ聞いていない'), ('yes', 'ある'), ('no', 'ない')], default='unknown', max_length=8, verbose_name='プライバシーマーク'),
        ),
        migrations.AddField(
            model_name='outsideservice',
            name='subcontracting',
            field=models.CharField(choices=[('unknown', 'まだ聞いていない'), ('none', 'しない'), ('agreed', '同意した'), ('open', '同意がまだ')], default='unknown', max_length=8, verbose_name='再委託'),
        ),
        migrations.AddField(
            model_name='registerentry',
            name='service',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='policy.outsideservice'),
        ),
        migrations.AlterField(
            model_name='outsideservice',
            name='subcontract',
            field=models.CharField(blank=True, max_length=80, verbose_name='再委託先と仕事'),
        ),
        migrations.AlterField(
            model_name='registerentry',
            name='kind',
            field=models.CharField(choices=[('added', '載せた'), ('changed', '変えた'), ('confirmed', '見直した'), ('retired', 'なくした'), ('requested', '願い出た'), ('granted', '認めた'), ('refused', '認めなかった'), ('revoked', '取り消した'), ('checked', '確かめた'), ('ended', '使うのをやめた')], max_length=10, verbose_name='種類'),
        ),
        migrations.AddConstraint(
            model_name='registerentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('asset__isnull', False), ('grant', None), ('service', None)), models.Q(('asset', None), ('grant__isnull', False), ('service', None)), models.Q(('asset', None), ('grant', None), ('service__isnull', False)), _connector='OR'), name='policy_entry_of_one'),
        ),
    ]
