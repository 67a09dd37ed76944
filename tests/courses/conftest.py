import pytest

from tests.courses.player import FILM, VIDEO
from tests.factories.classes import course, enrolled_in


@pytest.fixture
def video():
    """An enrolment in a course of one short video, and the lesson it is."""
    page = course(VIDEO)
    return enrolled_in(page, hours="0.01"), page.lessons().get()


@pytest.fixture
def film():
    """The same with a film as long as the hours of its class."""
    page = course(FILM)
    return enrolled_in(page, hours=1), page.lessons().get()
