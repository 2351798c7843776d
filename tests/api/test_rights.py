"""A user's rights: their own, their groups' and a superuser's."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User

ADD = "posts.add_post"
OTHERS = "posts.change_others_post"


def test_a_user_has_the_rights_of_their_groups_and_their_own(alice):
    assert alice.has_perm(ADD)
    assert not alice.has_perm(OTHERS)
    alice.user_permissions.add(Permission.objects.get(codename="change_others_post"))
    again = User.objects.get(pk=alice.pk)
    assert again.has_perm(ADD)
    assert again.has_perm(OTHERS)


def test_nobody_else_has_any(charlie, alice):
    assert not charlie.get_all_permissions()
    assert not AnonymousUser().has_perm(ADD)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert not User.objects.get(pk=alice.pk).has_perm(ADD)


def test_a_superuser_has_all(admin_user):
    assert admin_user.has_perm(OTHERS)


@pytest.mark.parametrize("cast", ["alice", "erika", "charlie"])
def test_the_rights_are_djangos_own_and_cost_one_query(cast, request, django_assert_num_queries):
    user = User.objects.get(pk=request.getfixturevalue(cast).pk)
    with django_assert_num_queries(1):
        rights = user.get_all_permissions()
        user.has_perm(ADD)
    assert rights == user.get_user_permissions() | user.get_group_permissions()
