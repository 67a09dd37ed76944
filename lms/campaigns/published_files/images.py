"""Pictures without metadata and under a new file name, fit for the public."""

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import pgettext_lazy
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from lms.campaigns.models.second_reader import check_replacing
from lms.web.pictures import bare_picture, damaged


class PublicImageField(WagtailImageField):
    """Wagtail's field, which also refuses a truncated picture."""

    def to_python(self, data):
        try:
            return super().to_python(data)
        except OSError as error:
            raise damaged() from error


class PublicImageForm(BaseImageForm):
    """Keeps the picture of an upload without its metadata."""

    file = PublicImageField(label=pgettext_lazy("picture", "File"))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):
            return file
        check_replacing(self.instance)
        bare = bare_picture(file)
        bare.image = file.image
        return bare
