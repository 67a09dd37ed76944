from django.utils.translation import gettext_lazy as _


class CertificateRefusal(Exception):
    """A rule said no. ``code`` is stable, ``str()`` fit to show a person."""

    code = "refused"
    message = _("This is not possible.")

    def __init__(self, message=None):
        super().__init__(message or self.message)

    def __str__(self):
        return str(self.args[0])


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


class SameDayProof(CertificateRefusal):
    code = "same_day"
    message = _("A proof of this kind and subject from the same day was withdrawn.")


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
