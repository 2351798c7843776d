"""Two APIs of the plain blog's posts with Django REST framework, which Broadsheet's is compared with.

`Defaults` is what the tutorial makes: a `ModelViewSet` with numbered pages, whose serializer nests author and tags.
`Careful` is the same as somebody who measures would set it up: JSON alone, a cursor, and related rows loaded beforehand.
Both know tokens (`rest_framework.authtoken`), have no history, no search and no conditional requests.
"""

from rest_framework import authentication, pagination, parsers, permissions, renderers, routers, serializers, viewsets

from .models import Author, Post, Tag


class AuthorSerializer(serializers.ModelSerializer):
    """An author."""

    class Meta:
        model = Author
        fields = ["id", "name", "slug"]


class TagSerializer(serializers.ModelSerializer):
    """A tag."""

    class Meta:
        model = Tag
        fields = ["id", "name", "slug"]


class PostSerializer(serializers.ModelSerializer):
    """A post with its author and tags."""

    author = AuthorSerializer(read_only=True)
    tags = TagSerializer(many=True, read_only=True)

    class Meta:
        model = Post
        fields = [
            *("id", "slug", "title", "summary", "body", "body_html", "word_count"),
            *("published_at", "updated_at", "author", "tags"),
        ]


class Numbered(pagination.PageNumberPagination):
    """Numbered pages."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100


class Cursor(pagination.CursorPagination):
    """Pages by a cursor."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100
    ordering = "-published_at"


class Defaults(viewsets.ModelViewSet):
    """What the tutorial makes."""

    queryset = Post.objects.all()
    serializer_class = PostSerializer
    pagination_class = Numbered
    permission_classes = [permissions.IsAuthenticatedOrReadOnly]
    authentication_classes = [
        authentication.SessionAuthentication,
        authentication.BasicAuthentication,
        authentication.TokenAuthentication,
    ]


class Careful(viewsets.ModelViewSet):
    """What somebody who measures makes of it."""

    queryset = Post.objects.select_related("author").prefetch_related("tags")
    serializer_class = PostSerializer
    pagination_class = Cursor
    permission_classes = [permissions.IsAuthenticatedOrReadOnly]
    authentication_classes = [authentication.TokenAuthentication]
    renderer_classes = [renderers.JSONRenderer]
    parser_classes = [parsers.JSONParser]


router = routers.SimpleRouter()
router.register("defaults", Defaults, basename="defaults")
router.register("careful", Careful, basename="careful")
