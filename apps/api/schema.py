"""The OpenAPI description of what all resources share: tokens, conditional requests, problems.

drf-spectacular imports this module by name when it generates a schema. Serving a resource does not need it.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from apps.core.problems import CONTENT_TYPE

from .operations import operation_of
from .serializers import ResourceSerializer
from .sparse_fields import ALWAYS_SHOWN, FIELDS, INCLUDE
from .throttles import LIMIT_HEADER, POLICY_HEADER

PROBLEM = {
    "type": "object",
    "description": "An error, by RFC 9457.",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "What kind of problem it is."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was wrong, and what would be right."},
        "request_id": {"type": "string", "description": "To find the request in the site's logs."},
        "errors": {
            "type": "array",
            "description": "Each fault of the body (by JSON pointer) or of the query (by parameter).",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "parameter": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "role": {"type": "string", "description": "With 421: the role that serves the request."},
        "scope": {"type": "string", "description": "With 403: the scope that the token lacks."},
        "operation": {
            "type": "integer",
            "description": "Of a batch: the place of the operation that was refused, from 0.",
        },
    },
}


EXAMPLES = {
    "PostRequest": {"title": "Pruning roses", "body": "Cut *above* the bud.", "status": "published"},
    "PatchedPostRequest": {"status": "published"},
    "TagRequest": {"name": "Gardening", "description": "Beds, borders and pots."},
    "PatchedTagRequest": {"name": "Roses", "slug": "roses"},
    "AuthorRequest": {"name": "Ada Example", "bio": "Writes about gardens.", "website": "https://ada.example.org"},
    "PatchedAuthorRequest": {"website": ""},
    "CommentRequest": {"post": 1, "name": "Reader", "email": "reader@example.org", "body": "Thank you, *very* useful."},
    "PatchedModeratedCommentRequest": {"status": "approved"},
    "PatchedImageRequest": {"alt": "A rose in bud"},
    "Problem": {
        "type": "/api/docs/problems/#invalid-fields",
        "title": "A field is wrong",
        "status": 400,
        "detail": "The body of this request is wrong; nothing was written.",
        "errors": [{"pointer": "/tags/0", "detail": "There is no tag with the slug “roses”. Create it first."}],
        "request_id": "5d536578505948cb1e0207d8c255bc3a",
    },
}
"""Examples of request bodies and of a problem document, by the name of their schema."""

COMMON_PROBLEMS = {
    "400": "The request is wrong; “errors” says where.",
    "401": "A token is needed, or the one sent is not valid.",
    "403": "The token lacks the scope, or its user the right.",
    "406": "JSON is all there is.",
    "414": "The address is too long.",
    "421": "Another role serves this.",
    "429": "The token, or without one the address, asks too much; see Retry-After.",
    "431": "The headers are too large.",
    "503": "The database does not answer, or is too busy; Retry-After says when to try again.",
}
_SUCCESS = ["200", "201", "204"]
LIMIT_HEADERS = {
    POLICY_HEADER: "The limits by which the request was counted: “q” requests in “w” seconds (draft-ietf-httpapi-ratelimit-"
    "headers). Answers of the page cache are not counted, and have none.",
    LIMIT_HEADER: "What is left of them: “r” requests, and in “t” seconds there is another one.",
}
"""The headers of the limits, with their descriptions."""
MEMBER_PROBLEMS = {"404": "There is none, or it may not be seen."}
CURSOR_PROBLEMS = {"410": "The cursor is too old: begin anew."}
BODY_PROBLEMS = {"413": "The body is too large.", "415": "The body is not of the type that is taken here."}
IDEMPOTENCY_PROBLEMS = {"422": "The Idempotency-Key came with another request before."}
BATCH_PROBLEM = "An operation of a batch that is atomic was refused so; “operation” says which one."
PRECONDITION_PROBLEMS = {"412": "It was changed meanwhile.", "428": "If-Match is missing."}


READ_ACTIONS = ("list", "retrieve")
EMPTY_STRING = {"type": "string", "maxLength": 0}


class ResourceSchema(AutoSchema):
    """The description of one operation of a resource."""

    def get_override_parameters(self) -> list[OpenApiParameter]:
        """Add the request and response headers, and the query parameters of sparse fields."""
        limits = [_header(name, text, response=_SUCCESS) for name, text in LIMIT_HEADERS.items()]
        if self._is_batch():
            return limits
        action, headers = self.view.action, []
        if action == "create":
            headers.append(
                _header(
                    "Idempotency-Key",
                    "What you make up for each new request, of at most 255 characters, to send it again without doing it "
                    "twice: for 24 hours the same request is given the first answer.",
                )
            )
        if action in ("create", "update", "partial_update"):
            headers.append(_header("Prefer", "“return=minimal” leaves out the body of the answer (RFC 7240)."))
            headers.append(_header("Preference-Applied", "What of “Prefer” was heeded.", response=_SUCCESS))
        if action in READ_ACTIONS and self._has_sparse_fields():
            others = self.view.list_includable if action == "list" else ()
            headers += _sparse_field_parameters(self.view.serializer_class, others)
        if action in ("update", "partial_update", "destroy"):
            headers.append(
                _header("If-Match", "The ETag of the version that you read; “*” overwrites any.", required=True)
            )
        if action in ("retrieve", "list"):
            headers.append(_header("If-None-Match", "An ETag that you have: 304 if it is still the present one."))
            headers.append(
                _header("ETag", "For If-None-Match, and of one resource for If-Match.", response=["200", "304"])
            )
        if action in ("create", "update", "partial_update"):
            headers.append(_header("ETag", "The version, for If-Match and If-None-Match.", response=_SUCCESS))
        if action == "create":
            headers.append(_header("Location", "Where the new one is.", response=["201"]))
        headers += limits
        if action == "list":
            pages = "page “next”" if self.view.resource == "changes" else "pages “next” and “prev”"
            headers.append(_header("Link", f"The {pages} (RFC 8288).", response=["200"]))
        return headers

    def get_response_serializers(self) -> Any:
        """Return the serializer of responses; for reads, one with all readable fields, nearly all of them optional."""
        if self._is_batch():
            return {200: self.view.answers_serializer_class}
        if self.view.action in READ_ACTIONS and self._has_sparse_fields():
            return _read_serializer(self.view.serializer_class)()
        return super().get_response_serializers()

    def _map_serializer(self, serializer: Any, direction: str, bypass_extensions: bool = False) -> dict[str, Any]:
        schema = super()._map_serializer(serializer, direction, bypass_extensions)
        if not getattr(serializer, "is_read_serializer", False):
            return schema
        schema["required"] = [ALWAYS_SHOWN]
        for name in set(self.view.list_includable) & {*ROW_MEMBERS}:
            schema["properties"][name] = ROW_MEMBERS[name]
        for name, make_field in serializer.includable.items():
            made, field = make_field(), schema["properties"][name]
            one = self.resolve_serializer(getattr(made, "child", made), direction).ref
            included = {"type": "array", "items": one} if hasattr(made, "child") else one
            variants = [{key: field[key] for key in ("type", "items") if key in field}, included]
            schema["properties"][name] = {"anyOf": variants, "description": field["description"], "readOnly": True}
        return schema

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        super()._insert_field_validators(field, schema)
        # JSON Schema treats a format as an annotation by default. Then an empty string matches both alternatives.
        if schema.get("oneOf", [])[-1:] == [EMPTY_STRING]:
            schema["anyOf"] = schema.pop("oneOf")

    def get_operation_id(self) -> str:
        """Return the resource and the action, such as `posts_list` or `posts_update`."""
        return f"{self.view.resource}_{self.view.action}"

    def get_auth(self) -> list[dict[str, list]]:
        """Add that no token is needed for the public operations of the resource."""
        return super().get_auth() + ([{}] if operation_of(self.view) in self.view.public_operations else [])

    def _get_request_body(self, direction: str = "request") -> dict[str, Any] | None:
        if not self._is_batch():
            return super()._get_request_body(direction)
        # Also for DELETE, and whole for PATCH.
        schema = self.resolve_serializer(self.view.serializer_class(), direction).ref
        return {"content": {"application/json": {"schema": schema}}, "required": True}

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        if self._is_batch():
            of_operations = {"404": BATCH_PROBLEM, "409": BATCH_PROBLEM, "412": BATCH_PROBLEM, "422": BATCH_PROBLEM}
            of_operations |= {"428": BATCH_PROBLEM}
            return bodies | self._problems(COMMON_PROBLEMS | BODY_PROBLEMS | of_operations)
        if self.view.action == "create":
            bodies["201"]["links"] = self._links()
        if self._accepts_html_form():
            bodies["303"] = {"description": "To a form: the comment is there, on this page."}
        if self.view.action in ("retrieve", "list"):
            bodies["304"] = self._empty("304", "What you have is still the present one.")
        if self.view.action in ("update", "partial_update"):
            bodies["204"] = self._empty("204", "It is changed, and you preferred to be told no more.")
        if self.view.action == "destroy" and self.view.delete_conflict:
            bodies["409"] = self._problem(self.view.delete_conflict)
        described = dict(COMMON_PROBLEMS)
        if self.view.resource == "changes":
            described |= CURSOR_PROBLEMS
        if self.view.detail:
            described |= MEMBER_PROBLEMS
        if self.method in ("POST", "PUT", "PATCH"):
            described |= BODY_PROBLEMS
        if self.method in ("PUT", "PATCH", "DELETE"):
            described |= PRECONDITION_PROBLEMS
        if self.view.action == "create":
            described |= IDEMPOTENCY_PROBLEMS
        return bodies | self._problems(described)

    def _problems(self, described: dict[str, str]) -> dict[str, Any]:
        problems = {status: self._problem(text) for status, text in described.items()}
        problems["429"]["headers"] = {
            name: {"schema": {"type": "string"}, "description": text}
            for name, text in ({"Retry-After": "Seconds to wait."} | LIMIT_HEADERS).items()
        }
        return problems

    def _links(self) -> dict[str, Any]:
        """Return the links from a created object to the operations on it, with its id and ETag as parameters."""
        pk, version = {"id": "$response.body#/id"}, {"header.If-Match": "$response.header.ETag"}
        parameters = {"retrieve": pk, **dict.fromkeys(("update", "partial_update", "destroy"), pk | version)}
        return {
            action: {"operationId": f"{self.view.resource}_{action}", "parameters": given}
            for action, given in parameters.items()
        }

    def _empty(self, status: str, description: str) -> dict[str, Any]:
        return {"description": description, "headers": self._get_response_headers_for_code(status)}

    def _problem(self, description: str) -> dict[str, Any]:
        component = ResolvedComponent(name="Problem", type=ResolvedComponent.SCHEMA, schema=PROBLEM, object="Problem")
        self.registry.register_on_missing(component)
        content = {CONTENT_TYPE: {"schema": component.ref}}
        if self._accepts_html_form():
            content["text/html"] = {"schema": {"type": "string"}}
        return {"description": description, "content": content}

    def _is_batch(self) -> bool:
        """Return whether the request has several operations."""
        return getattr(self.view, "answers_serializer_class", None) is not None

    def _has_sparse_fields(self) -> bool:
        """Return whether a read can say which fields it shows."""
        return issubclass(self.view.serializer_class, ResourceSerializer)

    def _accepts_html_form(self) -> bool:
        """Return whether the operation accepts a form of a page, which gets an HTML response."""
        return self.view.accepts_html_form and self.view.action == "create"


class RootSchema(ResourceSchema):
    """The description of the API's root."""

    def get_override_parameters(self) -> list[OpenApiParameter]:
        """Return nothing: the root takes no parameters."""
        return []

    def get_operation_id(self) -> str:
        """Return the name of the only operation."""
        return "root_retrieve"

    def get_tags(self) -> list[str]:
        """Return the group in the documentation."""
        return ["root"]

    def get_auth(self) -> list[dict[str, list]]:
        """Return that no token is needed, nor read."""
        return [{}]

    def get_response_serializers(self) -> Any:
        """Return the schema of the response: addresses by name."""
        return {200: {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}}

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        problems = {status: text for status, text in COMMON_PROBLEMS.items() if status not in ("401", "403", "503")}
        bodies = AutoSchema._get_response_bodies(self, direction)
        return bodies | {status: self._problem(text) for status, text in problems.items()}

    def _accepts_html_form(self) -> bool:
        return False


def finish(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """Forbid unknown fields in request bodies, and add examples and the list of tags. A postprocessing hook of drf-spectacular."""
    for name, component in result["components"]["schemas"].items():
        for field in component.get("properties", {}).values():
            _lift_default(field)
        if name.endswith("Request"):
            component["additionalProperties"] = False
        if name in EXAMPLES:
            component["examples"] = [EXAMPLES[name]]
    # drf-spectacular describes the request form of a nested field, even where the field is read-only.
    used = json.dumps(result, default=str)
    for name in [name for name in result["components"]["schemas"] if f'"#/components/schemas/{name}"' not in used]:
        del result["components"]["schemas"][name]
    operations = [operation for path in result["paths"].values() for operation in path.values()]
    result["tags"] = [{"name": name} for name in sorted({tag for operation in operations for tag in operation["tags"]})]
    return result


def _lift_default(field: dict[str, Any]) -> None:
    """Move the default from the first of a field's alternatives to the field: an empty text fits only the second one."""
    first = field.get("anyOf", [{}])[0]
    if "default" in first:
        field["default"] = first.pop("default")


@cache
def _read_serializer(serializer_class: type[ResourceSerializer]) -> type[ResourceSerializer]:
    """Return a subclass of the serializer with all fields that a read can show."""
    name = serializer_class.__name__.replace("Serializer", "ReadSerializer")
    attributes = {
        "__doc__": serializer_class.__doc__,
        "get_fields": serializer_class.readable,
        "is_read_serializer": True,
    }
    return type(name, (serializer_class,), attributes)


def _sparse_field_parameters(
    serializer_class: type[ResourceSerializer], others: tuple[str, ...]
) -> list[OpenApiParameter]:
    """Return the query parameters `fields` and `include`; `others` is what the latter takes besides fields."""
    serializer = serializer_class()
    described = [
        (
            FIELDS,
            list(serializer.readable()),
            "The fields to show; “id” is always there. What is not shown costs nothing.",
        ),
        (INCLUDE, [*serializer.includable, *others], _include_text(bool(serializer.includable), others)),
    ]
    return [
        OpenApiParameter(name, _enum_list(names), OpenApiParameter.QUERY, description=text, explode=False)
        for name, names, text in described
        if names
    ]


INCLUDED_OTHERS = {
    "count": "“count” counts the rows of all pages, up to 10,000.",
    "excerpt": "“excerpt” adds that member to each row: the part of the text that has a word of “q”, as plain text.",
}
"""What `include` does with what is no field of a row."""
ROW_MEMBERS = {"excerpt": {"type": "string", "readOnly": True, "description": "In lists, if “include” names it."}}
"""The members that these add to each row."""


def _include_text(has_objects: bool, others: tuple[str, ...]) -> str:
    objects = "What to show as whole objects, also where “fields” does not name it."
    return " ".join([*([objects] if has_objects else []), *(INCLUDED_OTHERS[name] for name in others)])


def _enum_list(names: list[str]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": names}}


def _header(name: str, description: str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, description=description, **options)


class TokenScheme(OpenApiAuthenticationExtension):
    """The security scheme of `TokenAuthentication`."""

    target_class = "apps.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the security scheme of OpenAPI for bearer tokens."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "bst_…",
            "description": "A token of the admin or of `manage.py create_token`. Its scopes are operations: create, "
            "read, update, delete.",
        }
