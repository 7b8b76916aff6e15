"""ASGI entry: pages by Django, live streams by the same application (see kernel.live)."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minamo.config.settings")

from django.core.asgi import get_asgi_application

application = get_asgi_application()
