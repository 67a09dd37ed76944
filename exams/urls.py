from django.urls import path

from exams.delivery import endpoints as api
from exams.delivery import save_endpoint
from exams.views import pages as views

app_name = "exams"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("sittings/<uuid:uuid>/", views.sitting, name="sitting"),
    path("sittings/<uuid:uuid>/begin/", views.begin, name="begin"),
    path("attempts/<uuid:uuid>/run/", views.run, name="run"),
    path("attempts/<uuid:uuid>/take-over/", views.take_over, name="take_over"),
    path("attempts/<uuid:uuid>/review/", views.review, name="review"),
    path("attempts/<uuid:uuid>/receipt/", views.receipt, name="receipt"),
    path("attempts/<uuid:uuid>/result/", views.result, name="result"),
    # The protocol of the phone: JSON, no trailing slash (S1.4).
    path("sittings/<uuid:uuid>/start", api.start, name="start"),
    path("attempts/<uuid:uuid>", api.resume, name="attempt"),
    path("attempts/<uuid:uuid>/answers", save_endpoint.answers, name="answers"),
    path("attempts/<uuid:uuid>/submit", api.hand_in, name="submit"),
    path("attempts/<uuid:uuid>/seat", api.seat, name="seat"),
]
