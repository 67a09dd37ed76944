from django.urls import path

from lms.people.accounts import views as accounts

urlpatterns = [
    path("welcome/", accounts.welcome, name="account_welcome"),
    path("me/", accounts.me, name="account_me"),
    path("activate/", accounts.activate, name="account_activate"),
    path("slips/cancel/", accounts.cancel_slips, name="account_cancel_slips"),
]
