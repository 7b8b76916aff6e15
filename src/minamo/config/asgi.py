"""ASGI entry: pages by Django, live streams by the same application (see kernel.live)."""

import os
import warnings

# WhiteNoise hands static files to Django as plain iterators; under ASGI that is slower, not wrong.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
warnings.filterwarnings("ignore", message="No directory at", module="django")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minamo.config.settings")

from django.core.asgi import get_asgi_application  # noqa: E402

application = get_asgi_application()
