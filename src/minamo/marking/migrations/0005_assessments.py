# Tests, scans and marks (採点の画面の名詞).

import django.db.models.deletion
import minamo.kernel.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('marking', '0004_points_wall'),
        ('people', '0006_movements'),
        ('tenancy', '0006_school_hours'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=60, verbose_name='テストの名前')),
                ('subject', models.CharField(blank=True, max_length=20, verbose_name='教科')),
                ('year', models.PositiveSmallIntegerField(verbose_name='年度')),
                ('blank', models.CharField(max_length=64, verbose_name='解答用紙（SHA-256）')),
                ('blank_name', models.CharField(max_length=120, verbose_name='解答用紙のファイル名')),
                ('width', models.PositiveIntegerField(verbose_name='幅（200 dpiの画素）')),
                ('height', models.PositiveIntegerField(verbose_name='高さ（200 dpiの画素）')),
                ('audience', models.CharField(default='author', max_length=8, verbose_name='見られる範囲')),
                ('author_label', models.CharField(max_length=60, verbose_name='作った人')),
                ('made_at', models.DateTimeField(verbose_name='作った時刻')),
                ('put_away_at', models.DateTimeField(blank=True, null=True, verbose_name='片づけた時刻')),
                ('key', models.UUIDField(unique=True, verbose_name='べき等キー')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('copied_from', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='marking.assessment')),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.school')),
            ],
            options={
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(verbose_name='版')),
                ('questions', models.JSONField(default=list, verbose_name='設問')),
                ('number_box', models.JSONField(blank=True, null=True, verbose_name='出席番号の枠')),
                ('name_box', models.JSONField(blank=True, null=True, verbose_name='氏名の枠')),
                ('vertical', models.BooleanField(default=False, verbose_name='縦書き')),
                ('saved_by_label', models.CharField(max_length=60, verbose_name='保存した人')),
                ('saved_at', models.DateTimeField(verbose_name='保存した時刻')),
                ('assessment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='editions', to='marking.assessment')),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('saved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['assessment', '-number'],
            },
        ),
        migrations.CreateModel(
            name='Pile',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('content', models.CharField(max_length=64, verbose_name='中身（SHA-256）')),
                ('filename', models.CharField(max_length=120, verbose_name='ファイル名')),
                ('source', models.CharField(max_length=8, verbose_name='送り方')),
                ('pages', models.PositiveIntegerField(blank=True, null=True, verbose_name='ページ数')),
                ('refusal', models.CharField(blank=True, max_length=300, verbose_name='読み取れない理由')),
                ('sent_by_label', models.CharField(max_length=60, verbose_name='送った人')),
                ('sent_at', models.DateTimeField(verbose_name='送った時刻')),
                ('stopped_at', models.DateTimeField(blank=True, null=True, verbose_name='やめた時刻')),
                ('stopped_by_label', models.CharField(blank=True, max_length=60, verbose_name='やめた人')),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('sent_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['sent_at'],
            },
        ),
        migrations.CreateModel(
            name='Sitting',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('held_on', models.DateField(verbose_name='実施日')),
                ('audience', models.CharField(default='class', max_length=8, verbose_name='採点する範囲')),
                ('opened_by_label', models.CharField(max_length=60, verbose_name='始めた人')),
                ('opened_at', models.DateTimeField(verbose_name='始めた時刻')),
                ('assessment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sittings', to='marking.assessment')),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('school', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.school')),
                ('school_class', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.schoolclass')),
            ],
            options={
                'ordering': ['-held_on', '-opened_at'],
            },
        ),
        migrations.CreateModel(
            name='SecondMarking',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('question', models.CharField(max_length=40, verbose_name='設問')),
                ('asked_by_label', models.CharField(max_length=60, verbose_name='決めた人')),
                ('asked_at', models.DateTimeField(verbose_name='決めた時刻')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='やめた時刻')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seconds', to='marking.sitting')),
            ],
            options={
                'ordering': ['asked_at'],
            },
        ),
        migrations.CreateModel(
            name='ScanPage',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('index', models.PositiveIntegerField(verbose_name='ページ（0から）')),
                ('status', models.CharField(max_length=8, verbose_name='ようす')),
                ('reason', models.CharField(blank=True, max_length=20, verbose_name='理由')),
                ('message', models.CharField(blank=True, max_length=300, verbose_name='説明')),
                ('homography', models.JSONField(blank=True, null=True, verbose_name='位置')),
                ('score', models.FloatField(default=0.0, verbose_name='照合の点')),
                ('numbers', models.JSONField(default=list, verbose_name='読めた番号')),
                ('trace', models.BinaryField(null=True, verbose_name='同じ紙の手がかり')),
                ('crops', models.CharField(blank=True, max_length=64, verbose_name='切り抜き（SHA-256）')),
                ('places', models.JSONField(default=dict, verbose_name='切り抜きの位置')),
                ('readings', models.JSONField(default=dict, verbose_name='読み')),
                ('reader', models.CharField(blank=True, max_length=64, verbose_name='読み手')),
                ('read_at', models.DateTimeField(verbose_name='読んだ時刻')),
                ('edition', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='marking.edition')),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('pile', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sheets', to='marking.pile')),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sheets', to='marking.sitting')),
            ],
            options={
                'ordering': ['pile', 'index'],
            },
        ),
        migrations.AddField(
            model_name='pile',
            name='sitting',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='piles', to='marking.sitting'),
        ),
        migrations.CreateModel(
            name='Grouping',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('question', models.CharField(max_length=40, verbose_name='設問')),
                ('bundles', models.JSONField(default=list, verbose_name='まとまり')),
                ('pages', models.PositiveIntegerField(verbose_name='もとにした枚数')),
                ('made_at', models.DateTimeField(verbose_name='まとめた時刻')),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='groupings', to='marking.sitting')),
            ],
            options={
                'ordering': ['made_at'],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('question', models.CharField(blank=True, max_length=40, verbose_name='設問')),
                ('round', models.PositiveSmallIntegerField(default=1, verbose_name='回')),
                ('marker_label', models.CharField(max_length=60, verbose_name='受け持つ人')),
                ('claimed_at', models.DateTimeField(verbose_name='受け持った時刻')),
                ('given_back_at', models.DateTimeField(blank=True, null=True, verbose_name='返した時刻')),
                ('marker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='marking.sitting')),
            ],
            options={
                'ordering': ['claimed_at'],
            },
        ),
        migrations.CreateModel(
            name='Binding',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField(null=True, verbose_name='出席番号')),
                ('why', models.CharField(blank=True, max_length=20, verbose_name='理由')),
                ('how', models.CharField(max_length=12, verbose_name='決め方')),
                ('bound_by_label', models.CharField(max_length=60, verbose_name='決めた人')),
                ('bound_at', models.DateTimeField(verbose_name='決めた時刻')),
                ('replaced_at', models.DateTimeField(blank=True, null=True, verbose_name='取りかえた時刻')),
                ('bound_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('pupil', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.pupil')),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bindings', to='marking.scanpage')),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bindings', to='marking.sitting')),
            ],
            options={
                'ordering': ['bound_at'],
            },
        ),
        migrations.CreateModel(
            name='AnswerMark',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('question', models.CharField(max_length=40, verbose_name='設問')),
                ('round', models.PositiveSmallIntegerField(default=1, verbose_name='回')),
                ('points', models.PositiveSmallIntegerField(null=True, verbose_name='点')),
                ('comment', models.CharField(blank=True, max_length=200, verbose_name='コメント')),
                ('criteria', models.JSONField(blank=True, default=list, verbose_name='採点のめやす')),
                ('how', models.CharField(max_length=8, verbose_name='つけ方')),
                ('stroke', models.BigIntegerField(verbose_name='いまの一手')),
                ('marker_label', models.CharField(max_length=60, verbose_name='採点した人')),
                ('marker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='marking.scanpage')),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='marking.sitting')),
            ],
            options={
                'ordering': ['question', 'page'],
            },
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('said_by_label', models.CharField(max_length=60, verbose_name='決めた人')),
                ('said_at', models.DateTimeField(verbose_name='決めた時刻')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='取り消した時刻')),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('pupil', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.pupil')),
                ('said_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='absences', to='marking.sitting')),
            ],
            options={
                'ordering': ['said_at'],
            },
        ),
        migrations.CreateModel(
            name='Stroke',
            fields=[
                ('order', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.UUIDField(unique=True, verbose_name='べき等キー')),
                ('question', models.CharField(max_length=40, verbose_name='設問')),
                ('round', models.PositiveSmallIntegerField(default=1, verbose_name='回')),
                ('points', models.PositiveSmallIntegerField(null=True, verbose_name='点')),
                ('comment', models.CharField(blank=True, max_length=200, verbose_name='コメント')),
                ('criteria', models.JSONField(blank=True, default=list, verbose_name='採点のめやす')),
                ('reading', models.JSONField(blank=True, null=True, verbose_name='そのときの読み')),
                ('base', models.BigIntegerField(null=True, verbose_name='見ていた一手')),
                ('how', models.CharField(max_length=8, verbose_name='つけ方')),
                ('undoes', models.BigIntegerField(null=True, verbose_name='取り消した一手')),
                ('overtaken', models.BooleanField(default=False, verbose_name='食い違い')),
                ('marker_label', models.CharField(max_length=60, verbose_name='採点した人')),
                ('struck_at', models.DateTimeField(verbose_name='つけた時刻（端末）')),
                ('at', models.DateTimeField(verbose_name='届いた時刻')),
                ('marker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='strokes', to='marking.scanpage')),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='strokes', to='marking.sitting')),
            ],
            options={
                'ordering': ['order'],
            },
        ),
        migrations.CreateModel(
            name='UploadLink',
            fields=[
                ('id', models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('token_hash', models.CharField(max_length=64, unique=True, verbose_name='合言葉（SHA-256）')),
                ('made_by_label', models.CharField(max_length=60, verbose_name='作った人')),
                ('made_at', models.DateTimeField(verbose_name='作った時刻')),
                ('expires_at', models.DateTimeField(verbose_name='期限')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='閉じた時刻')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('municipality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.municipality')),
                ('sitting', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='marking.sitting')),
            ],
            options={
                'ordering': ['-made_at'],
            },
        ),
        migrations.AddIndex(
            model_name='assessment',
            index=models.Index(fields=['school', '-made_at'], name='marking_assessment_school'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(('audience__in', ['author', 'school'])), name='marking_assessment_audience'),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.UniqueConstraint(fields=('assessment', 'number'), name='marking_edition_number'),
        ),
        migrations.AddConstraint(
            model_name='sitting',
            constraint=models.UniqueConstraint(fields=('assessment', 'school_class'), name='marking_one_sitting'),
        ),
        migrations.AddConstraint(
            model_name='sitting',
            constraint=models.CheckConstraint(condition=models.Q(('audience__in', ['class', 'school'])), name='marking_sitting_audience'),
        ),
        migrations.AddConstraint(
            model_name='secondmarking',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('sitting', 'question'), name='marking_one_second'),
        ),
        migrations.AddIndex(
            model_name='scanpage',
            index=models.Index(fields=['sitting'], name='marking_page_sitting'),
        ),
        migrations.AddConstraint(
            model_name='scanpage',
            constraint=models.UniqueConstraint(fields=('pile', 'index'), name='marking_one_row_a_page'),
        ),
        migrations.AddConstraint(
            model_name='scanpage',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['ok', 'review'])), name='marking_page_status'),
        ),
        migrations.AddConstraint(
            model_name='pile',
            constraint=models.UniqueConstraint(fields=('sitting', 'content'), name='marking_one_pile_of_a_content'),
        ),
        migrations.AddConstraint(
            model_name='pile',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['browser', 'camera', 'link', 'folder'])), name='marking_pile_source'),
        ),
        migrations.AddConstraint(
            model_name='grouping',
            constraint=models.UniqueConstraint(fields=('sitting', 'question'), name='marking_one_grouping'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(condition=models.Q(('given_back_at__isnull', True)), fields=('sitting', 'question', 'round'), name='marking_one_claim'),
        ),
        migrations.AddConstraint(
            model_name='binding',
            constraint=models.UniqueConstraint(condition=models.Q(('replaced_at__isnull', True)), fields=('page',), name='marking_one_binding_a_page'),
        ),
        migrations.AddConstraint(
            model_name='binding',
            constraint=models.UniqueConstraint(condition=models.Q(('pupil__isnull', False), ('replaced_at__isnull', True)), fields=('sitting', 'pupil'), name='marking_one_page_a_pupil'),
        ),
        migrations.AddIndex(
            model_name='answermark',
            index=models.Index(fields=['sitting', 'question'], name='marking_mark_question'),
        ),
        migrations.AddConstraint(
            model_name='answermark',
            constraint=models.UniqueConstraint(fields=('page', 'question', 'round'), name='marking_one_mark'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('sitting', 'pupil'), name='marking_one_absence'),
        ),
        migrations.AddIndex(
            model_name='stroke',
            index=models.Index(fields=['sitting', 'question', 'order'], name='marking_stroke_question'),
        ),
        migrations.AddIndex(
            model_name='stroke',
            index=models.Index(fields=['sitting', 'marker', '-order'], name='marking_stroke_marker'),
        ),
    ]
