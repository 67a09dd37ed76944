import pytest

from certificates.services import issue_for
from tests.factories.people import PersonFactory, StaffFactory
from tests.factories.proofs import earn

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("signing_keys")
@pytest.mark.parametrize("count", [1, 3])
def test_my_training_shows_the_proofs_it_has_earned(
    client, django_assert_num_queries, count
):
    person = PersonFactory()
    enrolments = [
        earn(
            enrolment__person=person,
            enrolment__training_class__programme__audience="OTHER",
        )
        for _class in range(count)
    ]
    assert issue_for(enrolments).issued == count
    client.force_login(StaffFactory(person=person))
    client.get("/learn/")

    with django_assert_num_queries(17):
        page = client.get("/learn/")

    assert page.status_code == 200
    assert page.text.count("/certificates/") >= count
    one = client.get(f"/learn/{enrolments[0].uuid}/")
    assert one.status_code == 200
