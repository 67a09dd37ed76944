from django.urls import path

from lms.plan.views import pages as views

app_name = "plan_admin"
urlpatterns = [
    path("", views.admin_dashboard, name="dashboard"),
    path("figures.xlsx", views.admin_export, name="export"),
    path("<str:code>/", views.admin_members, name="members"),
]
