import pytest
from django.contrib.staticfiles import finders
from django.test import override_settings

from lms.web.static_files import collect_static_files

MANIFEST = "whitenoise.storage.CompressedManifestStaticFilesStorage"


@pytest.fixture
def own_files(settings, tmp_path):
    """A site of one style sheet, so that collecting takes no time."""
    source = tmp_path / "source"
    (source / "css").mkdir(parents=True)
    (source / "css" / "site.css").write_text("a{color:red}" * 100)
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = [
        "django.contrib.staticfiles.finders.FileSystemFinder"
    ]
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": MANIFEST}}
    finders.get_finder.cache_clear()
    yield source
    finders.get_finder.cache_clear()


def test_static_files_are_collected_under_hashed_names_and_compressed(
    own_files, settings
):
    assert collect_static_files()

    names = {path.name for path in (settings.STATIC_ROOT / "css").iterdir()}
    hashed = {name for name in names if name.count(".") > 1 and name.endswith(".css")}
    assert len(hashed) == 1
    assert {f"{hashed.copy().pop()}{end}" for end in (".br", ".gz")} <= names


def test_static_files_are_collected_again_only_when_one_changed(own_files):
    assert collect_static_files()
    assert not collect_static_files()

    (own_files / "css" / "site.css").write_text("a{color:blue}" * 100)

    assert collect_static_files()


@pytest.mark.django_db  # closing a response closes old connections
def test_files_with_hashed_names_are_kept_for_good(own_files, rf):
    from django.contrib.staticfiles.storage import staticfiles_storage
    from whitenoise.middleware import WhiteNoiseMiddleware

    collect_static_files()
    with override_settings(WHITENOISE_USE_FINDERS=False):
        served = WhiteNoiseMiddleware(lambda request: None)
    url = staticfiles_storage.url("css/site.css")

    response = served(rf.get(url, headers={"accept-encoding": "br, gzip"}))

    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["Content-Encoding"] == "br"
    response.close()
