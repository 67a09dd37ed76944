import json

import pytest
from django.core.management import CommandError, call_command

from certificates.checks import check_rules_confirmed
from certificates.models import (
    Certificate,
    CertificateEvent,
    Issuer,
    NumberSeries,
    RegisterHead,
    RuleSet,
)
from certificates.services import issue_awaiting, issue_for
from tests.factories.people import PersonFactory
from tests.factories.proofs import earn, issue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_keys")]


@pytest.fixture
def training_class():
    """One proof issued, one to issue, one to refuse, and one person who failed."""
    training_class = issue().enrolment.training_class
    for fields in (
        {},
        {"enrolment__person": PersonFactory(name="李𪚥")},
        {"passed": False, "score": 40},
    ):
        earn(enrolment__training_class=training_class, **fields)
    return training_class


def run(capsys, *arguments):
    """Return the JSON and the exit code of the command."""
    code = 0
    try:
        call_command("issue_certificates", *arguments, "--json")
    except SystemExit as exit:
        code = exit.code
    return json.loads(capsys.readouterr().out), code


@pytest.mark.parametrize("scope", ["--class", "--programme"])
def test_issue_certificates_tells_what_it_did(capsys, training_class, scope):
    value = {"--class": training_class.number}.get(scope, training_class.programme.code)

    report, code = run(capsys, scope, value)

    (refused,) = report.pop("refused")
    assert (report, code) == ({"eligible": 3, "issued": 1, "already": 1}, 2)
    assert (refused["code"], refused["kind"]) == ("glyph_missing", "TRAINING_PROOF")
    assert set(refused) == {"enrolment", "kind", "code", "message"}


def test_issue_certificates_succeeds_where_nothing_is_refused(capsys):
    row = issue()

    report, code = run(capsys, "--class", row.enrolment.training_class.number)

    assert code == 0
    assert report == {"eligible": 1, "issued": 0, "already": 1, "refused": []}


@pytest.mark.services
def test_a_dry_run_tells_the_same_and_changes_nothing(capsys, training_class):
    models = (Certificate, CertificateEvent, NumberSeries, RegisterHead)
    before = [list(model.objects.values()) for model in models]

    tried = run(capsys, "--class", training_class.number, "--dry-run")

    assert [list(model.objects.values()) for model in models] == before
    assert tried == run(capsys, "--class", training_class.number)


@pytest.mark.parametrize("scope", ["--class", "--programme"])
def test_issue_certificates_names_what_does_not_exist(scope):
    with pytest.raises(CommandError, match="There is no"):
        call_command("issue_certificates", scope, "X")


@pytest.mark.services
def test_one_bad_enrolment_is_set_aside_and_stops_no_other(caplog):
    audience = {"enrolment__training_class__programme__audience": "PRINCIPAL"}
    issue(**audience)
    # What no rule foresees: the database itself refuses the number.
    NumberSeries.objects.filter(letter="Z").update(last=0)
    earn()
    bad = earn(**audience)
    earn()

    assert issue_awaiting() == 2
    assert not Certificate.objects.filter(enrolment=bad).exists()
    assert f"enrolment {bad.pk}: not issued" in caplog.text
    assert [refused["code"] for refused in issue_for([bad]).refused] == ["error"]


def test_without_an_issuing_base_a_proof_is_refused_and_the_others_issued():
    Issuer.objects.update(valid_from="2021-11-21")
    early = earn(kind="HOURS_PROOF", enrolment__hours_met_on="2021-11-20")
    earn()

    assert issue_awaiting() == 1
    assert [refused["code"] for refused in issue_for([early]).refused] == [
        "issuer_missing"
    ]


def test_the_deployment_check_names_rules_nobody_has_confirmed():
    found = check_rules_confirmed(None, ["default"])

    assert [warning.id for warning in found] == ["certificates.W001"]
    assert check_rules_confirmed(None, None) == []
    RuleSet.objects.update(confirmed=True)
    assert check_rules_confirmed(None, ["default"]) == []
