"""Documents: private until a published page shows them."""

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe
from wagtail.documents import get_document_model
from wagtail.documents.forms import BaseDocumentForm
from wagtail.documents.views.serve import serve as send
from wagtail.permissions import policy_registry

from lms.access.policies import declares
from lms.campaigns.models.second_reader import check_replacing, pages_showing
from lms.web.file_kinds import content_matches_name

READING = {"add", "change", "delete", "choose"}


class DocumentForm(BaseDocumentForm):
    """Refuses a file whose content is not that of its extension."""

    def clean_file(self):
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            check_replacing(self.instance)
            content_matches_name(file)
        return file


@declares("readers of a page that shows it")
@require_safe
def serve(request, document_id, document_filename):
    """Send a document; the address of an earlier file of it leads to this one."""
    found = get_object_or_404(get_document_model(), pk=document_id)
    if found.filename != document_filename:
        check_readable(found, request)
        return redirect(found.url)
    return send(request, document_id, document_filename)


def check_readable(document, request):
    """Raise 404 for a document that no published page shows, except to its staff."""
    policy = policy_registry.get_by_type(type(document))
    is_staff = request.user.is_authenticated and (
        policy.user_has_any_permission_for_instance(request.user, READING, document)
    )
    if not is_staff and not pages_showing(document).live().public().exists():
        raise Http404
