from django.core.exceptions import ValidationError
from django.http import Http404


def with_keys(rows, keys):
    """The rows that have one of the keys, as a browser sent them.

    Raises ``Http404`` where a key is none at all: a word, ², more than a database
    can count.
    """
    clean = rows.model._meta.pk.clean
    try:
        return rows.filter(pk__in=[clean(key, None) for key in keys])
    except ValidationError as error:
        raise Http404 from error
