"""What may be done to a kind of row, whoever asks."""

from wagtail.permission_policies import ModelPermissionPolicy


class ReadOnlyPolicy(ModelPermissionPolicy):
    """Nobody, superusers included, may write through the admin."""

    def user_has_permission(self, user, action):
        return action == "view" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user, actions):
        return "view" in actions and self.user_has_permission(user, "view")


class KeepPolicy(ModelPermissionPolicy):
    """May be made and changed, never deleted: history stands on the row."""

    def user_has_permission(self, user, action):
        return action != "delete" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user, actions):
        return super().user_has_any_permission(user, set(actions) - {"delete"})


class ChangeOnlyPolicy(ModelPermissionPolicy):
    """May be changed and published; the rows there are stay, and no other is made."""

    ACTIONS = frozenset({"view", "change", "publish"})

    def user_has_permission(self, user, action):
        return action in self.ACTIONS and super().user_has_permission(user, action)

    def user_has_any_permission(self, user, actions):
        return super().user_has_any_permission(user, self.ACTIONS & set(actions))
