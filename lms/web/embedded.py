"""The WSGI application of the embedded server (``manage.py serve``)."""

from django.conf import settings

from lms.web.slow_clients import SlowClients
from lms.wsgi import application as site

application = SlowClients(
    site, threads=settings.SERVER_THREADS, port=settings.SERVER_PORT
)
