from django.urls import converters, path, register_converter

from courses import views


class PageIdConverter(converters.IntConverter):
    """The number of a page; one beyond what a database holds is its last, unused."""

    LAST = 2**63 - 1

    def to_python(self, value):
        return min(super().to_python(value), self.LAST)


register_converter(PageIdConverter, "page_id")

app_name = "courses"
urlpatterns = [
    path("", views.home, name="home"),
    path("<uuid:uuid>/", views.enrolment, name="enrolment"),
    path("<uuid:uuid>/lessons/<page_id:pk>/", views.lesson, name="lesson"),
    path("<uuid:uuid>/lessons/<page_id:pk>/read/", views.read, name="read"),
    path("<uuid:uuid>/lessons/<page_id:pk>/start", views.start, name="start"),
    path("sessions/<uuid:uuid>/beat", views.beat, name="beat"),
    path("sessions/<uuid:uuid>/present", views.present, name="present"),
    path("files/<page_id:pk>/<slug:name>", views.lesson_file, name="file"),
]
