from django.urls import path

from lms.sheets import views as imports

app_name = "imports"
urlpatterns = [
    path("", imports.upload, name="upload"),
    path("template/<slug:slug>.xlsx", imports.template, name="template"),
    path("<uuid:uuid>/", imports.job, name="job"),
    path("<uuid:uuid>/part/", imports.choose, name="choose"),
    path("<uuid:uuid>/confirm/", imports.confirm, name="confirm"),
    path("<uuid:uuid>/report.xlsx", imports.report, name="report"),
]
