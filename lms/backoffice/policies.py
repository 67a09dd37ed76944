"""Permission policies of models, for any user."""

from wagtail.permission_policies import ModelPermissionPolicy

from lms.access.scopes import rows_for


class ScopedPolicy(ModelPermissionPolicy):
    """Permissions on a row hold only for the rows that the user may see."""

    def user_has_any_permission_for_instance(self, user, actions, instance):
        allowed = self.user_has_any_permission(user, actions)
        return allowed and rows_for(self.model, user).filter(pk=instance.pk).exists()

    def user_has_permission_for_instance(self, user, action, instance):
        allowed = self.user_has_permission(user, action)
        return allowed and rows_for(self.model, user).filter(pk=instance.pk).exists()

    def instances_user_has_any_permission_for(self, user, actions):
        if self.user_has_any_permission(user, actions):
            return rows_for(self.model, user)
        return self.model.objects.none()


class ReadOnlyPolicy(ScopedPolicy):
    """No user, superusers included, may write through the admin."""

    def user_has_permission(self, user, action):
        return action == "view" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user, actions):
        return "view" in actions and self.user_has_permission(user, "view")


class KeepPolicy(ScopedPolicy):
    """Rows may be created and changed, never deleted: history refers to them."""

    def user_has_permission(self, user, action):
        return action != "delete" and super().user_has_permission(user, action)

    def user_has_any_permission(self, user, actions):
        return super().user_has_any_permission(user, set(actions) - {"delete"})


class ChangeOnlyPolicy(ScopedPolicy):
    """Rows may be changed and published, never created or deleted."""

    ACTIONS = frozenset({"view", "change", "publish"})

    def user_has_permission(self, user, action):
        return action in self.ACTIONS and super().user_has_permission(user, action)

    def user_has_any_permission(self, user, actions):
        return super().user_has_any_permission(user, self.ACTIONS & set(actions))
