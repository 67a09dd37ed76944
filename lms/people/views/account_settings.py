from wagtail.admin.views.account import (
    AccountView,
    ChangePasswordPanel,
    NameEmailSettingsPanel,
)

from lms.people.forms import StaffPasswordForm


class AccountSettings(AccountView):
    """A staff member's own settings: picture, language, theme, password.

    Wagtail's page also demands a first and a last name, which no account has, and
    without them saves nothing. Its password form is ours, which bounds guesses.
    """

    def get_panels(self):
        panels = [
            panel
            for panel in super().get_panels()
            if not isinstance(panel, NameEmailSettingsPanel)
        ]
        for panel in panels:
            if isinstance(panel, ChangePasswordPanel):
                panel.form_class = StaffPasswordForm
        return panels
