from django.urls import path

from . import views

app_name = "courses"
urlpatterns = [
    path("", views.home, name="home"),
    path("<uuid:uuid>/", views.enrolment, name="enrolment"),
    path("<uuid:uuid>/lessons/<int:pk>/", views.lesson, name="lesson"),
    path("<uuid:uuid>/lessons/<int:pk>/read/", views.read, name="read"),
    path("<uuid:uuid>/lessons/<int:pk>/start", views.start, name="start"),
    path("sessions/<uuid:uuid>/beat", views.beat, name="beat"),
    path("sessions/<uuid:uuid>/present", views.present, name="present"),
    path("files/<int:pk>/<slug:name>", views.lesson_file, name="file"),
]
