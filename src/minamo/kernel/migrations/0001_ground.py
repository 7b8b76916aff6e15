"""What every table stands on: extensions, the rights of the application's role, the scope functions of the walls."""

from django.db import migrations

from minamo.kernel.rls import FUNCTIONS

RIGHTS = """
GRANT USAGE ON SCHEMA public TO minamo_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO minamo_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO minamo_app;
GRANT SELECT ON django_migrations TO minamo_app;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    run_before = [
        ("contenttypes", "0001_initial"),
        ("sessions", "0001_initial"),
        ("axes", "0001_initial"),
        ("procrastinate", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS btree_gist; CREATE EXTENSION IF NOT EXISTS pg_trgm;", ""),
        migrations.RunSQL(RIGHTS, ""),
        migrations.RunSQL(FUNCTIONS, ""),
    ]
