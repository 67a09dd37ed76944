import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

CSS = (Path(settings.BASE_DIR) / "lms/static/css/tokens.css").read_text()

TEXT = [
    *(
        (ink, ground)
        for ink in ("ink", "ink-soft", "link")
        for ground in ("ground", "surface", "sunken")
    ),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("accent", "surface"),
    ("accent-deep", "ground"),
    ("on-brand", "brand"),
    ("on-brand-soft", "brand"),
    *(
        (tone, ground)
        for tone in ("ok", "warn", "bad", "info")
        for ground in (f"{tone}-wash", "surface", "ground")
    ),
    *(("ink", f"{tone}-wash") for tone in ("ok", "warn", "bad", "info", "accent")),
]
EDGES = [("line-strong", "surface"), ("line-strong", "ground"), ("focus", "ground")]


def _tokens(block):
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))


LIGHT = _tokens(CSS[CSS.index(":root {") : CSS.index("@media (prefers-color")])
DARK_AUTO = _tokens(
    CSS[CSS.index(":root:not(") : CSS.index(':root[data-theme="dark"]')]
)
DARK = _tokens(CSS[CSS.index(':root[data-theme="dark"]') : CSS.index("/* 长者模式")])
THEMES = {"light": LIGHT, "dark": LIGHT | DARK}


def _luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(theme, one, other):
    low, high = sorted(_luminance(THEMES[theme][name]) for name in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT, ids="-on-".join)
def test_text_has_the_contrast_of_wcag_aa(theme, ink, ground):
    assert _contrast(theme, ink, ground) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGES, ids="-on-".join)
def test_edges_of_controls_can_be_seen(theme, edge, ground):
    assert _contrast(theme, edge, ground) >= 3


def test_chosen_dark_is_the_same_as_the_devices_dark():
    assert DARK == DARK_AUTO


def test_colours_are_decided_in_tokens_only():
    folder = Path(settings.BASE_DIR) / "lms/static/css/components"
    paper = {"#000", "#000000", "#fff", "#ffffff"}
    found = {
        path.name: set(re.findall(r"#[0-9a-fA-F]{3,8}\b", path.read_text())) - paper
        for path in folder.glob("*.css")
    }

    assert {name: colours for name, colours in found.items() if colours} == {}


HERE = {"Origin": "http://testserver"}


def test_preferences_are_kept_in_cookies_and_lead_back(client):
    choices = {"comfort": "on", "theme": "dark", "language": "en"}

    response = client.post(
        "/preferences/", choices | {"next": "/search/?q=a"}, headers=HERE
    )

    assert response.url == "/search/?q=a"
    chosen = {name: morsel.value for name, morsel in response.cookies.items()}
    assert chosen == {"comfort": "1", "theme": "dark", "django_language": "en"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Referer": "https://evil.example/"},
        HERE | {"Sec-Fetch-Site": "cross-site"},
        HERE | {"Sec-Fetch-Site": "same-site"},
    ],
    ids=["nothing", "null", "origin", "referer", "cross-site", "same-site"],
)
def test_preferences_ask_before_taking_a_form_of_another_site(client, db, headers):
    choices = {"comfort": "on", "next": "/verify/"}

    response = client.post("/preferences/", choices, headers=headers)

    assert response.status_code == 403
    assert not response.cookies
    assert "<h1" in response.text
    assert 'name="comfort" value="on"' in response.text
    assert 'name="next" value="/verify/"' in response.text


def test_preferences_take_a_form_of_a_page_without_referrer(client):
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}

    response = client.post(
        "/preferences/", {"language": "en", "next": "/verify/"}, headers=headers
    )

    assert response.url == "/verify/"
    assert response.cookies["django_language"].value == "en"


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example/", "verify/", "/\n/a"],
    ids=repr,
)
def test_preferences_lead_to_this_site_only(client, path):
    response = client.post(
        "/preferences/", {"comfort": "on", "next": path}, headers=HERE
    )

    assert response.url == "/"


def test_admin_has_a_policy_of_its_own(client, db):
    policy = client.get("/admin/")["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "object-src 'none'" in policy


@pytest.mark.parametrize("header", ["origin", "referer"])
def test_a_broken_address_is_not_from_here(client, db, header):
    response = client.post(
        "/preferences/", {"theme": "dark"}, headers={header: "http://["}
    )

    assert response.status_code == 403


# Newer than Chromium 80 or Safari 14: a browser drops the declaration, or, of a
# selector it does not know, the whole rule with all its other selectors.
NEWER = {
    "@layer": r"@layer",
    "logical shorthand": r"(?:margin|padding|border|inset)-(?:block|inline): ",
    "logical inset": r"\binset-(?:block|inline)-(?:start|end):",
    "inset": r"^\s*inset:",
    ":is and :where": r":(?:is|where)\(",
    "list in :not": r":not\([^()]*,",
    ":has beside others": r",\n[^{}]*:has\(|:has\([^{}]*,\n",
    "colour functions": r"color-mix\(|oklch\(|light-dark\(",
    "nesting": r"^\s*&",
}


@pytest.mark.parametrize("name", NEWER)
def test_styles_stand_in_the_oldest_browsers(name):
    folder = Path(settings.BASE_DIR) / "lms/static/css"

    found = {
        path.name: re.findall(NEWER[name], path.read_text(), re.MULTILINE)
        for path in folder.rglob("*.css")
    }

    assert {name: hits for name, hits in found.items() if hits} == {}


REFUSALS = {
    "csrf": (403, "/accounts/login/", b"", "The page was open for too long"),
    "method": (405, "/register/", b"", "This address is not a page"),
    "size": (413, "/search/", b"x" * 3_000_000, "This was too large to send"),
    "missing": (404, "/nothing-here/", b"", "There is nothing at this address"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_every_refusal_is_a_page_in_the_language_of_the_reader(db, name):
    status, address, body, heading = REFUSALS[name]
    browser = Client(
        enforce_csrf_checks=name == "csrf", headers={"Accept": "text/html"}
    )
    browser.cookies["django_language"] = "en"

    response = browser.post(address, body, content_type="application/octet-stream")

    assert response.status_code == status
    assert f'<h1 class="page-title">{heading}</h1>' in response.text
    assert 'class="masthead"' in response.text


def test_a_program_gets_a_refused_method_without_a_page(client, db):
    response = client.post("/register/")

    assert (response.status_code, response.content) == (405, b"")
