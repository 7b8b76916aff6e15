"""確認の知らせ: told once before and at the day, and by heads and the board."""

import django.db.models.deletion
import minamo.kernel.ids
from django.conf import settings
from django.db import migrations, models

from minamo.kernel.rls import wall


class Migration(migrations.Migration):
    dependencies = [
        ("policy", "0012_archive"),
        ("tenancy", "0007_information_officer"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.UUIDField(default=minamo.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("before", "期限の前"), ("due", "期限の日"), ("asked", "頼まれて")], max_length=6)),
                ("due_on", models.DateField(null=True, verbose_name="期限")),
                ("at", models.DateTimeField(verbose_name="時刻")),
                ("by_label", models.CharField(max_length=120, verbose_name="知らせた人")),
                ("told_at", models.DateTimeField(null=True, verbose_name="届けた時刻")),
                ("mailed", models.BooleanField(default=False, verbose_name="メールにした")),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("issue", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="policy.issue")),
                ("municipality", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.municipality")),
            ],
            options={"ordering": ["-at"]},
        ),
        migrations.AddIndex(
            model_name="reminder", index=models.Index(fields=["issue", "account", "-at"], name="policy_reminded_last")
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "asked"), _negated=True), fields=("issue", "account", "kind", "due_on"), name="policy_reminded_once"
            ),
        ),
        wall("policy_reminder", sides=("school",)),
    ]
