"""Readers' comments. Every write goes through `services`."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import keysets
from apps.core.validators import web_address_validator
from apps.core.versioned import VersionedModel
from apps.posts.models import OfPostsQuerySet, Post
from blog_project import addresses

BODY_LIMIT = 5000
"""The most characters of a comment."""
MAX_DEPTH = 3
"""The deepest level of a thread; the first is 0. An answer to a comment of this level is placed beside it."""
SEGMENT_LENGTH = 18
"""Characters that each level adds to `Comment.thread`, the sort key."""


class CommentQuerySet(OfPostsQuerySet):
    """The queries of comments. `known_to` returns those that a moderator may see."""

    def approved(self) -> CommentQuerySet:
        """Return the comments that readers see if they see the post."""
        return self.filter(status=Comment.Status.APPROVED)

    def in_threads(self, *, after: str = "") -> CommentQuerySet:
        """Return the comments in the order of a page: answers below their parent, oldest first.

        `after` is the `thread` of the last comment of the page before.
        """
        # `thread` is unique; the index ends with the id.
        return (self.filter(keysets.beyond(("thread",), (after,))) if after else self).order_by("thread", "pk")

    def for_reading(self) -> CommentQuerySet:
        """Load only the columns that pages show and that their database user may read."""
        return self.only(*Comment.PUBLIC)


class Comment(VersionedModel):
    """A comment on a post, by a reader or by a user of the site."""

    PUBLIC = ("id", "post", "parent", "depth", "thread", "name", "website", "body_html", "status", "created_at", "user")
    """The columns that pages read and that their database user may read: no e-mail or IP address among them."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        APPROVED = "approved", _("Approved")
        SPAM = "spam", _("Spam")
        TRASH = "trash", _("In the trash")

    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="comments", verbose_name=_("post"), db_index=False
    )
    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="answers", verbose_name=_("answer to")
    )
    depth = models.PositiveSmallIntegerField(default=0, editable=False)
    # The sort key among the post's comments: one segment for each level, in the order of creation.
    thread = models.CharField(max_length=SEGMENT_LENGTH * (MAX_DEPTH + 1), editable=False)

    name = models.CharField(_("name"), max_length=80)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True, help_text=_("Never shown."))
    website = models.URLField(_("website"), blank=True, validators=[web_address_validator])
    body = models.TextField(_("comment"), max_length=BODY_LIMIT)
    body_html = models.TextField(editable=False, blank=True)
    notify = models.BooleanField(_("mail answers"), default=False, help_text=_("Whether they want answers by e-mail."))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="comments",
        verbose_name=_("user"),
    )

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    is_trusted = models.BooleanField(
        _("trust this e-mail address"),
        default=False,
        help_text=_("Its later comments appear at once, whatever name they bear and wherever they link to."),
    )
    announced = models.BooleanField(default=False, editable=False)
    address = models.GenericIPAddressField(_("IP address"), null=True, editable=False)
    created_at = models.DateTimeField(_("date"), default=timezone.now, editable=False)
    # The id in the imported blog; the version that the import wrote, and a digest of what it wrote.
    source_id = models.CharField(max_length=190, null=True, editable=False)
    source_state = models.CharField(max_length=40, blank=True, db_default="", default="", editable=False)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = [
            models.CheckConstraint(
                name="comment_status_known", condition=Q(status__in=["pending", "approved", "spam", "trash"])
            ),
        ]
        indexes = [
            # A post's page.
            models.Index(fields=["post", "status", "thread", "id"], name="comment_in_thread"),
            # The moderators' queue.
            models.Index(fields=["status", "id"], name="comment_by_status"),
            # Looking up whether an address is trusted, and erasing a commenter.
            models.Index(fields=["email", "status", "id"], name="comment_by_email"),
            # Deleting old IP addresses: few comments have one.
            models.Index(fields=["address", "created_at"], name="comment_by_address"),
            # Comments that were imported before.
            models.Index(fields=["source_id"], name="comment_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.body[:60]}"

    @property
    def audit_name(self) -> str:
        """What the audit trail says of it: nothing of what its author wrote, which can be erased."""
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def is_approved(self) -> bool:
        """Whether readers see the comment if they see the post."""
        return self.status == self.Status.APPROVED

    @property
    def is_official(self) -> bool:
        """Whether a logged-in user of the site wrote the comment."""
        return self.user_id is not None

    def get_absolute_url(self) -> str:
        """Return the path of the post with the fragment of the comment."""
        return addresses.post(self.post.slug) + f"#comment-{self.pk}"
