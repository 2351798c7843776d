"""The authentication backend: one query for a user with their preferences, and one for all their permissions."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission, User
from django.db.models import Model


class RightsBackend(ModelBackend):
    """Django's ModelBackend, with one query for the permissions of a user and of their groups instead of two."""

    def get_user(self, user_id: int) -> User | None:
        """Return the user of a session with their preferences, unless the account is deactivated."""
        user = User.objects.select_related("preferences").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj, obj: Model | None = None) -> set[str]:
        """Return the permissions as `app.codename`. They are cached on the user, as by Django's backend."""
        if not user_obj.is_active or user_obj.is_anonymous or user_obj.is_superuser or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            # A UNION, because with OR the database could not begin at the user by an index.
            own, of_groups = (
                Permission.objects.filter(**who).order_by().values_list("content_type__app_label", "codename")
                for who in ({"user": user_obj}, {"group__user": user_obj})
            )
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in own.union(of_groups)}
        return user_obj._perm_cache
