"""Policies are set once for each resource, on its base class, and a process serves only its own operations."""

import pytest

from apps.api.operations import actions_of
from apps.api.viewsets import ResourceViewSet, compose, misdirected
from blog_project.roles import Operation, Role
from tests.resources import RESOURCES

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
VIEWSETS = [(base, operation, cls) for base, viewsets in RESOURCES.items() for operation, cls in viewsets.items()]
ACTIONS = {
    "create": ["create"],
    "read": ["list", "options", "retrieve"],
    "update": ["partial_update", "update"],
    "delete": ["destroy"],
}


@pytest.mark.parametrize(("base", "operation", "viewset"), VIEWSETS, ids=lambda item: getattr(item, "__name__", None))
def test_operation_viewsets_set_no_policies(base, operation, viewset):
    own = [cls for cls in viewset.__mro__ if cls not in base.__mro__]
    assert own
    assert actions_of(viewset, operation) == ACTIONS[operation]
    assert [(cls.__name__, name) for cls in own for name in POLICY if name in vars(cls)] == []


@pytest.mark.parametrize("base", RESOURCES, ids=lambda base: base.__name__)
def test_every_resource_has_every_operation_and_the_shared_base(base):
    assert issubclass(base, ResourceViewSet)
    assert set(RESOURCES[base]) == set(Operation)


@pytest.mark.parametrize("role", [Role.CREATE, Role.READ, Role.UPDATE, Role.DELETE])
@pytest.mark.parametrize("base", RESOURCES, ids=lambda base: base.__name__)
def test_a_composed_viewset_has_only_the_operations_of_its_role(base, role):
    composed = compose(base, RESOURCES[base], {role})
    for other, actions in ACTIONS.items():
        for action in actions:
            assert (getattr(composed, action) is misdirected) == (other != role), action
    foreign = {cls for operation, cls in RESOURCES[base].items() if operation != role}
    assert not foreign & set(composed.__mro__)


def test_in_the_monolith_no_action_is_misdirected():
    for base, viewsets in RESOURCES.items():
        composed = compose(base, viewsets, set(Role))
        assert not [
            action for actions in ACTIONS.values() for action in actions if getattr(composed, action) is misdirected
        ]
