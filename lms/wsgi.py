import os

from django.core.wsgi import get_wsgi_application

# Whoever names no settings is a server: the embedded start (serve) names its own.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.production")
application = get_wsgi_application()
