from django.contrib.auth.decorators import login_required
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.jobs.models import Job


@login_required
@require_safe
@never_cache
def job_state(request, uuid):
    """Return the progress of a job to the user who asked for it."""
    job = get_object_or_404(Job.objects.visible_to(request.user), uuid=uuid)
    return JsonResponse(
        {
            "state": job.state,
            "label": job.get_state_display(),
            "done": job.done,
            "total": job.total,
            "refused": len(job.errors),
            "finished": job.finished,
        }
    )


job_state.access_rule = "owner"
