from django.urls import path

from .views import people

app_name = "people_admin"
urlpatterns = [
    path("person/<int:pk>/reveal/", people.reveal, name="reveal"),
    path("person/<int:pk>/slip/", people.slip, name="slip"),
]
