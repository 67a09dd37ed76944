from django.conf import settings


def site(request):
    """What every layout needs: the demo mark."""
    return {"demo": settings.DEMO}
