"""見えたもの: what was seen of an answer whose text nobody knows; and which questions of a given-back paper have their sign in the corner."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marking", "0016_pile_removal")]
    operations = [
        migrations.AddField(
            model_name="resultpaper",
            name="looks",
            field=models.JSONField(blank=True, default=list, verbose_name="見えたもの"),
        ),
        migrations.AddField(
            model_name="papersheet",
            name="corners",
            field=models.JSONField(blank=True, default=list, verbose_name="角に印をおく設問"),
        ),
    ]
