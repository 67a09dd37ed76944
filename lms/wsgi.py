import os

from django.core.wsgi import get_wsgi_application

# Without settings in the environment this is a server; ``serve`` sets its own.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.production")
application = get_wsgi_application()
