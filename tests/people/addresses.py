"""Where the back office shows the rows of a model."""

from django.urls import reverse


def url(model, name, *args):
    return reverse(model.snippet_viewset.get_url_name(name), args=args)
