from wagtail.admin.views.account import AccountView, NameEmailSettingsPanel


class AccountSettings(AccountView):
    """A staff member's own settings: picture, language, theme, password.

    Wagtail's page also demands a first and a last name, which no account has, and
    without them saves nothing.
    """

    def get_panels(self):
        return [
            panel
            for panel in super().get_panels()
            if not isinstance(panel, NameEmailSettingsPanel)
        ]
