"""The models of the plain blog: posts, authors and tags."""

from django.db import models
from django.urls import reverse


class Author(models.Model):
    """An author of posts."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True, max_length=200)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of the author's page."""
        return reverse("author", args=[self.slug])


class Tag(models.Model):
    """A tag of posts."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(unique=True, max_length=200)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of the tag's page."""
        return reverse("tag", args=[self.slug])


class Post(models.Model):
    """A post with its Markdown and its rendered HTML."""

    title = models.CharField(max_length=200)
    slug = models.SlugField(unique=True, max_length=200)
    summary = models.TextField(blank=True)
    body = models.TextField()
    body_html = models.TextField()
    word_count = models.PositiveIntegerField()
    author = models.ForeignKey(Author, on_delete=models.PROTECT)
    tags = models.ManyToManyField(Tag)
    published_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the path of the post's page."""
        return reverse("post", args=[self.slug])

    @property
    def reading_minutes(self) -> int:
        """The reading time in minutes."""
        return max(1, round(self.word_count / 220))
