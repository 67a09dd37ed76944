from django.urls import path

from lms.plan.views import pages as views

app_name = "plan_office"
urlpatterns = [
    path("", views.office_dashboard, name="dashboard"),
    path("figures.xlsx", views.office_export, name="export"),
    path("<str:code>/", views.office_members, name="members"),
]
