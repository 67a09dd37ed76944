from functools import cached_property

from wagtail.admin.views.account import (
    AccountView,
    ChangePasswordPanel,
    NameEmailSettingsPanel,
)

from lms.people.accounts.forms import StaffPasswordForm


class PasswordPanel(ChangePasswordPanel):
    """Wagtail's password panel with our form, which bounds guesses."""

    form_class = StaffPasswordForm

    def get_form(self):
        """Return one form a request: a second one would count a second guess."""
        return self._form

    @cached_property
    def _form(self):
        return super().get_form()


class AccountSettings(AccountView):
    """A staff member's own settings: picture, language, theme, password.

    Wagtail's page also demands a first and a last name, which no account has, and
    without them saves nothing.
    """

    def get_panels(self):
        return self._panels

    @cached_property
    def _panels(self):
        return [
            PasswordPanel(panel.request, panel.user, panel.profile)
            if isinstance(panel, ChangePasswordPanel)
            else panel
            for panel in super().get_panels()
            if not isinstance(panel, NameEmailSettingsPanel)
        ]
