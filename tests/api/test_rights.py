"""The permissions of users: their own, those of their groups, and those of superusers."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User

ADD = "posts.add_post"
OTHERS = "posts.change_others_post"


def test_users_have_the_permissions_of_their_groups_and_their_own(alice):
    assert alice.has_perm(ADD)
    assert not alice.has_perm(OTHERS)
    alice.user_permissions.add(Permission.objects.get(codename="change_others_post"))
    again = User.objects.get(pk=alice.pk)
    assert again.has_perm(ADD)
    assert again.has_perm(OTHERS)


def test_anonymous_inactive_and_ungrouped_users_have_no_permissions(charlie, alice):
    assert not charlie.get_all_permissions()
    assert not AnonymousUser().has_perm(ADD)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert not User.objects.get(pk=alice.pk).has_perm(ADD)


def test_a_superuser_has_all_permissions(admin_user):
    assert admin_user.has_perm(OTHERS)


@pytest.mark.parametrize("cast", ["alice", "erika", "charlie"])
def test_permissions_are_the_same_as_with_django_and_need_one_query(cast, request, django_assert_num_queries):
    user = User.objects.get(pk=request.getfixturevalue(cast).pk)
    with django_assert_num_queries(1):
        permissions = user.get_all_permissions()
        user.has_perm(ADD)
    assert permissions == user.get_user_permissions() | user.get_group_permissions()
