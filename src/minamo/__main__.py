"""`bin/minamo …`: the management command line. Starts the embedded PostgreSQL when no DATABASE_URL is given."""

import os
import sys

from minamo.config.cluster import ensure_database_urls

# These own the tables or create them, so they run as the owning role; everything else runs as the app role.
OWNER_COMMANDS = frozenset({"migrate", "makemigrations", "sqlmigrate", "squashmigrations", "showmigrations"})
# These work on files only: no database is started for them.
FILE_COMMANDS = frozenset({"marking"})


def main(argv: list[str] | None = None) -> None:
    """Run one management command; exit codes are the command's own."""
    arguments = sys.argv if argv is None else argv
    asked_for_help = arguments[1:] in ([], ["help"], ["--help"], ["-h"])
    if not asked_for_help and arguments[1] not in FILE_COMMANDS:
        ensure_database_urls()
    if len(arguments) > 1 and arguments[1] in OWNER_COMMANDS:
        os.environ["MINAMO_AS_OWNER"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minamo.config.settings")
    import django
    from django.core.management import execute_from_command_line, get_commands

    django.setup()
    from minamo.kernel.commands import USAGE, overview, speak_japanese

    speak_japanese()
    if asked_for_help:
        sys.stdout.write(overview() + "\n")
        return
    name = arguments[1]
    if name != "help" and not name.startswith("-") and name not in get_commands():
        sys.stderr.write(f"「{name}」という命令はありません。bin/minamo help で一覧が出ます。\n")
        sys.exit(USAGE)
    execute_from_command_line(["minamo", *arguments[1:]])


if __name__ == "__main__":
    main()
