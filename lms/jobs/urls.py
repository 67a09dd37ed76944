from django.urls import path

from lms.jobs import views

app_name = "jobs"
urlpatterns = [
    path("<uuid:uuid>/", views.job_state, name="state"),
]
