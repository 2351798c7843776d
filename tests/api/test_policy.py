"""Who may do what is said once for each resource, on its base class, and a process has the operations it owns."""

import pytest

from apps.api.viewsets import ACTIONS, ResourceViewSet, compose, misdirected
from apps.posts.viewsets import RESOURCES
from blog_project.roles import Role

POLICY = [
    "authentication_classes",
    "permission_classes",
    "throttle_classes",
    "parser_classes",
    "renderer_classes",
    "content_negotiation_class",
    "metadata_class",
    "versioning_class",
    "http_method_names",
    "filter_backends",
    "pagination_class",
    "queryset",
    "serializer_class",
    "is_visible",
    "may_change",
    "initial",
    "dispatch",
    "get_permissions",
    "get_authenticators",
    "get_throttles",
    "check_permissions",
    "check_object_permissions",
]
OPERATIONS = [(base, role, cls) for base, operations in RESOURCES.items() for role, cls in operations.items()]


@pytest.mark.parametrize(("base", "role", "operation"), OPERATIONS, ids=lambda item: getattr(item, "__name__", None))
def test_no_operation_sets_policy(base, role, operation):
    own = [cls for cls in operation.__mro__ if cls not in base.__mro__]
    assert own
    assert [(cls.__name__, name) for cls in own for name in POLICY if name in vars(cls)] == []


@pytest.mark.parametrize("base", RESOURCES, ids=lambda base: base.__name__)
def test_every_resource_has_every_operation_and_the_shared_base(base):
    assert issubclass(base, ResourceViewSet)
    assert set(RESOURCES[base]) == set(ACTIONS)


@pytest.mark.parametrize("role", ACTIONS)
@pytest.mark.parametrize("base", RESOURCES, ids=lambda base: base.__name__)
def test_a_process_has_the_code_of_its_own_operations_alone(base, role):
    composed = compose(base, RESOURCES[base], {role})
    for other, actions in ACTIONS.items():
        for action in actions:
            assert (getattr(composed, action) is misdirected) == (other != role), action
    foreign = {cls for owner, cls in RESOURCES[base].items() if owner != role}
    assert not foreign & set(composed.__mro__)


def test_the_monolith_has_no_stubs():
    for base, operations in RESOURCES.items():
        composed = compose(base, operations, set(Role))
        assert not [
            action for actions in ACTIONS.values() for action in actions if getattr(composed, action) is misdirected
        ]
