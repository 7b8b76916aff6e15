"""印刷 and 透かし are chosen. What was typed and says the same becomes the choice; other words stay as they are until somebody
looks through the line, and are read as they stand."""

import re

from django.db import migrations, models

PRINTING = [("no", "しない"), ("ask", "校長の許可で"), ("count", "枚数を記録"), ("yes", "してよい")]
WATERMARK = [("no", "入れない"), ("yes", "入れる")]
# What people write for each, without 「印刷」 and 「する」 around it.
TYPED = {
    "no": {"しない", "不可", "禁止", "できない", "なし"},
    "ask": {"校長の許可", "校長の許可で", "許可制", "要許可"},
    "count": {"枚数を記録", "枚数を記録して", "枚数の記録"},
    "yes": {"してよい", "よい", "可", "できる"},
}
MARKED = {"透かし", "透かしあり", "透かし入り", "透かしを入れ", "透かしを入れて", "透かしを入れる"}
PARTS = re.compile(r"[、,，・／/\s]+")


def chosen(text):
    """(printing, watermark) for words that say nothing else, or None."""
    printing, watermark = "", ""
    for part in filter(None, PARTS.split(text.strip().rstrip("。"))):
        if part in MARKED:
            watermark = "yes"
            continue
        plain = part.removeprefix("印刷").removeprefix("は").removesuffix("する") or part
        found = next((code for code, words in TYPED.items() if plain in words or part in words), "")
        if not found or printing:
            return None
        printing = found
    return (printing or "yes", watermark) if printing or watermark else None


def choose(apps, schema_editor):
    for row in apps.get_model("policy", "Asset").objects.all():
        found = chosen(row.printing)
        if found is not None:
            row.printing, row.watermark = found
            row.save(update_fields=["printing", "watermark"])


class Migration(migrations.Migration):
    dependencies = [("policy", "0017_withdrawn_inspections")]
    operations = [
        migrations.AlterField(
            "asset", "printing", models.CharField(choices=PRINTING, max_length=60, verbose_name="印刷")
        ),
        migrations.AddField(
            "asset",
            "watermark",
            models.CharField(blank=True, choices=WATERMARK, default="", max_length=3, verbose_name="透かし"),
            preserve_default=False,
        ),
        migrations.RunPython(choose, migrations.RunPython.noop),
    ]
