from django.utils.translation import gettext_lazy as _

from lms.access.refusals import Refusal


class CertificateRefusal(Refusal):
    """A rule said no. ``code`` is stable, ``str()`` fit to show a person."""

    message = _("This is not possible.")


class NothingEarned(CertificateRefusal):
    code = "nothing_earned"
    message = _("The programme earns no such proof.")


class NotIssuable(CertificateRefusal):
    code = "not_issuable"
    message = _("This kind of certificate is issued by an authority, not by the base.")


class HoursMissing(CertificateRefusal):
    code = "hours_missing"
    message = _("The class hours are not complete yet.")


class NotPassed(CertificateRefusal):
    code = "not_passed"
    message = _("There is no released pass for this enrolment.")


class Withdrawn(CertificateRefusal):
    code = "withdrawn"
    message = _("The proof of this was withdrawn. It can be issued again on its page.")


class ProofExpired(CertificateRefusal):
    code = "expired"
    message = _("What was earned has expired since.")


class IssuerMissing(CertificateRefusal):
    code = "issuer_missing"
    message = _("No issuing base is on record for the day of issue.")


class NotIssued(CertificateRefusal):
    code = "error"
    message = _("Something went wrong on our side. The log says more.")


class TooLong(CertificateRefusal):
    """A text is too long for the page; no proof is issued rather than a cut one."""

    code = "too_long"

    def __init__(self, label):
        super().__init__(_("Too long for the paper: %(label)s") % {"label": label})


class GlyphMissing(CertificateRefusal):
    """The font cannot print a character; better no proof than a box in a name."""

    code = "glyph_missing"

    def __init__(self, characters):
        self.characters = characters
        words = _("The font cannot print these characters: %(characters)s")
        super().__init__(words % {"characters": " ".join(characters)})


class WrongState(CertificateRefusal):
    code = "wrong_state"
    message = _("The certificate is not in a state that allows this.")


class BasisLost(CertificateRefusal):
    code = "basis_lost"
    message = _("Its examination result is a fail now: it cannot be reinstated.")


class OfficialDecision(CertificateRefusal):
    code = "official"
    message = _("An authority decides on this certificate; record its decision.")


class NotRecordable(CertificateRefusal):
    """Stated facts of a certificate are not possible; ``details`` has each fault."""

    message = _("The certificate cannot be recorded like this.")

    def __init__(self, faults):
        super().__init__()
        self.faults = faults
        self.code = faults[0].code
        self.details = tuple(fault.message for fault in faults)


class IssuedHere(CertificateRefusal):
    code = "issued_here"
    field = "kind"
    message = _("A proof issued here stands in this place.")


class OnRecord(CertificateRefusal):
    code = "on_record"
    message = _(
        "This certificate with this first day is on record already. A decision of the "
        "authority is entered beside it, on the page of its holder."
    )


class DuplicateCycle(CertificateRefusal):
    code = "duplicate_row"
    field = "valid_from"
    message = _("The same certificate stands in an earlier row.")


class NotYourPerson(CertificateRefusal):
    code = "not_your_person"
    message = _("You may write about people on your own rosters only.")


class NotYourOrganisation(CertificateRefusal):
    code = "not_your_organisation"
    message = _("You may write for organisations you see only.")


class ReasonMissing(CertificateRefusal):
    code = "reason_missing"
    message = _("Say why, in words.")


class SigningKeyMissing(CertificateRefusal):
    code = "no_signing_key"
    message = _("There is no signing key. Run: manage.py make_signing_key")


class TokenRefused(Exception):
    """A token is not one of ours: malformed, altered, or of an unknown key."""


class KeyRevoked(TokenRefused):
    """Rightly signed, but by a key nobody trusts: only the register can vouch."""

    def __init__(self, claims):
        super().__init__()
        self.claims = claims
