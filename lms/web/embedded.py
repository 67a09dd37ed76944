"""The WSGI application of the embedded server (``manage.py serve``)."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from lms.web.slow_clients import SlowClients

application = SlowClients(
    get_wsgi_application(), threads=settings.SERVER_THREADS, port=settings.SERVER_PORT
)
