from django.urls import path

from lms.people.views import office

app_name = "office"
urlpatterns = [
    path("", office.home, name="home"),
    path("roster/", office.roster, name="roster"),
    path("roster/<uuid:uuid>/slip/", office.activation_slip, name="slip"),
]
