from django.urls import path

from lms.plan.views import pages as views

app_name = "plan"
urlpatterns = [path("", views.progress, name="progress")]
