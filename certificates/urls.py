from django.urls import path, re_path

from certificates.views import holder, public

app_name = "certificates"
urlpatterns = [
    path("v/keys.json", public.keys, name="keys"),
    # Phones shout: the QR code is upper case. Nothing may follow the token.
    re_path(r"^[vV]/(?P<token>[^/]{1,2000})\Z", public.verify, name="verify"),
    path("verify/", public.query, name="query"),
    path("register/", public.register, name="register"),
    path("certificates/", holder.mine, name="mine"),
    path("certificates/<uuid:uuid>/", holder.detail, name="detail"),
    path("certificates/<uuid:uuid>/pdf", holder.pdf, name="pdf"),
]
