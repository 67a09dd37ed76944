from django.urls import path

from lms.people.backoffice import identity as people

app_name = "people_admin"
urlpatterns = [
    path("person/<int:pk>/reveal/", people.reveal, name="reveal"),
    path("person/<int:pk>/slip/", people.slip, name="slip"),
    path("person/<int:pk>/identity/", people.identity, name="identity"),
    path("person/<int:pk>/correct/", people.correct, name="correct"),
    path("find/", people.find, name="find"),
    path("slips/", people.slips, name="slips"),
]
