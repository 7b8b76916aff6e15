"""証明の過程 (process of a proof): two editions on stdin, what differs between them on stdout. Started by proving.py."""

import json
import os
import sys


def main() -> None:
    """Read, prove, write. No database is asked."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minamo.config.settings")
    import django

    django.setup()
    from minamo.policy.proving import here

    old, new = (
        (tuple((str(name), int(value)) for name, value in limits), str(overlay))
        for limits, overlay in json.load(sys.stdin)
    )
    json.dump(here(old, new), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
