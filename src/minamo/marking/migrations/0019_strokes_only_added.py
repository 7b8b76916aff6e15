"""採点の記録は足すだけ: the application's role may read strokes and add to them, and can neither change nor remove one."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("marking", "0018_paper_wall")]
    operations = [
        migrations.RunSQL(
            "REVOKE ALL ON marking_stroke FROM minamo_app; GRANT SELECT, INSERT ON marking_stroke TO minamo_app;",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON marking_stroke TO minamo_app;",
        )
    ]
