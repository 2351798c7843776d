"""The admin of images: uploading one or several, describing them, and deleting unused ones."""

from __future__ import annotations

from functools import partial, update_wrapper
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core.admin.base import ServiceAdmin
from apps.core.admin.forms import VersionedForm
from apps.core.shown_dates import shown_moment
from apps.core.text import normalized
from blog_project import addresses

from . import services, uploads
from .models import Image
from .names import TYPES

MAX_FOUND = 500
"""How many images a search by name finds, at most: the first ones by name."""
FOCAL_POINT = gettext_lazy("Focal point, moved by the arrow keys")
MAX_USES = 20
"""How many posts the page of an image lists."""


class UseFilter(admin.SimpleListFilter):
    """Filters images that neither a post nor an author shows."""

    title = gettext_lazy("use")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the only choice besides “all”."""
        return [("none", _("Unused"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Return only unused images if that is chosen; an unknown value finds nothing."""
        if self.value() == "none":
            return queryset.unused()
        return queryset.none() if self.value() else queryset


class MultipleFileInput(forms.ClearableFileInput):
    """A file input that accepts several files."""

    allow_multiple_selected = True


class MultipleFileField(forms.FileField):
    """One or more files. The files are not validated here, so that each gets its own error message."""

    widget = MultipleFileInput

    def clean(self, data: list[UploadedFile], initial=None) -> list[UploadedFile]:
        """Return the files. Raises ValidationError if there are none."""
        return data or super().clean(None, initial)


class UploadForm(forms.Form):
    """The form for uploading images."""

    pictures = MultipleFileField(
        label=gettext_lazy("Files"),
        widget=MultipleFileInput(attrs={"accept": ",".join(["image/gif", *TYPES.values()])}),
        help_text=gettext_lazy("JPEG, PNG, WebP, AVIF or GIF, of at most 25 MB each. No animations."),
    )


@admin.register(Image)
class ImageAdmin(ServiceAdmin):
    """All images. Authors can change only those that they uploaded."""

    form = VersionedForm
    keyset = ("-id",)
    list_display = ("picture", "measures", "alt", "uploaded_by", "date")
    list_display_links = ("picture",)
    list_filter = (UseFilter,)
    search_fields = ("name",)
    search_help_text = gettext_lazy("A part of the file's name.")
    fields = (
        "preview",
        "alt",
        "credit",
        "focal_x",
        "focal_y",
        "in_a_text",
        "used_in",
        "measures",
        "uploaded_by",
        "date",
    )
    readonly_fields = ("preview", "in_a_text", "used_in", "measures", "uploaded_by", "date")

    class Media:
        css = {"all": ("editor/admin.css", "media/admin.css")}
        js = ("media/focal.js",)

    # The list

    def list_queryset(self, queryset: QuerySet) -> QuerySet:
        """Load the uploaders in one query."""
        return queryset.prefetch_related("uploaded_by")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find images by a part of their names. The names are read from their index."""
        if not search_term.strip():
            return queryset, False
        named = Image.objects.filter(name__icontains=normalized(search_term.strip())).order_by("name", "pk")
        return queryset.filter(pk__in=list(named.values_list("pk", flat=True)[:MAX_FOUND])), False

    @admin.display(description=gettext_lazy("picture"))
    def picture(self, image: Image) -> str:
        """Return the thumbnail and the name."""
        markup = '<img class="image-thumbnail" src="{}" alt="" loading="lazy"><span>{}</span>'
        return format_html(markup, image.thumbnail, image.name)

    @admin.display(description=gettext_lazy("size"))
    def measures(self, image: Image) -> str:
        """Return the size in pixels, the format and the size in bytes of the uploaded file."""
        return f"{image.width} × {image.height}, {image.kind.upper()}, {filesizeformat(image.size)}"

    @admin.display(description=gettext_lazy("uploaded"))
    def date(self, image: Image) -> str:
        """Return the time of the upload."""
        return shown_moment(image.created_at)

    # One image

    @admin.display(description=gettext_lazy("picture"))
    def preview(self, image: Image) -> str:
        """Return the image. With JavaScript, a click on it or the arrow keys set the focal point."""
        picture = image.picture
        markup = '<div class="focal-point" data-label="{}"><img src="{}" alt="{}" width="{}" height="{}"></div>'
        return format_html(markup, FOCAL_POINT, picture.address, image.alt, picture.width, picture.height)

    @admin.display(description=gettext_lazy("in a text"))
    def in_a_text(self, image: Image) -> str:
        """Return the Markdown for the image."""
        return format_html("<code>{}</code>", image.markdown)

    @admin.display(description=gettext_lazy("used in"))
    def used_in(self, image: Image) -> str:
        """Return links to the authors and posts that show the image; no post is named that the user may not know of."""
        authors = list(image.portraits.order_by("pk").values_list("slug", "name")[:MAX_USES])
        uses = image.uses.known_to(image.viewer).with_editable(image.viewer).order_by("-post_id")
        posts = list(uses.values_list("post_id", "post__slug", "post__title", "is_editable")[: MAX_USES + 1])
        rest = ""
        if len(posts) > MAX_USES:
            rest = _("and others")
        elif image.uses.exclude(post__in=[post[0] for post in posts]).exists():
            rest = _("posts that are not yours to see")
        if not posts and not rest and not authors:
            return _("No post shows it.")
        rows = [(addresses.author(slug), _("Picture of %s") % name) for slug, name in authors]
        rows += [
            (reverse("admin:posts_post_change", args=[pk]) if is_editable else addresses.post(slug), title)
            for pk, slug, title, is_editable in posts[:MAX_USES]
        ]
        items = format_html_join("", '<li><a href="{}">{}</a></li>', rows)
        more = format_html("<li>{}</li>", rest) if rest else ""
        return format_html('<ul class="image-uses">{}{}</ul>', items, more)

    def has_change_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        """Allow authors to change the images that they uploaded, and editors all images."""
        return super().has_change_permission(request) and (obj is None or obj.is_editable_by(request.user))

    def has_delete_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        """Allow users to delete the images that they may change."""
        return super().has_delete_permission(request) and (obj is None or obj.is_editable_by(request.user))

    def save_model(self, request: HttpRequest, obj: Image, form: VersionedForm, change: bool) -> None:
        """Save the changed fields."""
        if form.changed:
            version, values = form.cleaned_data["version"], form.values(form.changed)
            stored = self.stored(request, obj.pk)
            services.update_image(stored, by=request.user, expected_version=version, **values)
            obj.version = stored.version

    def delete_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """Ask for confirmation and delete the image; for an image in use, show the posts that use it."""
        try:
            if (image := self.get_object(request, object_id)) and self.has_delete_permission(request, image):
                services.check_unused(image, by=request.user)
            return super().delete_view(request, object_id, extra_context)
        except services.StaleVersion:
            messages.error(request, _("It was saved meanwhile. Nothing was deleted; look at it again."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(reverse("admin:media_image_change", args=[object_id]))

    def delete_model(self, request: HttpRequest, obj: Image) -> None:
        """Delete it and its files."""
        services.delete_image(obj, expected_version=obj.version, by=request.user)

    # New images

    def get_urls(self) -> list[URLPattern]:
        """Add the URL to which the editor's JavaScript uploads files."""
        upload = update_wrapper(partial(uploads.upload_view, self), uploads.upload_view)
        upload.csrf_failure = uploads.csrf_failure
        return [path("upload/", upload, name="media_image_upload"), *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context=None) -> HttpResponse:
        """Show the upload form, or create images from the uploaded files."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if form.is_valid():
            images = [image for file in form.cleaned_data["pictures"] if (image := self._create_image(request, file))]
            if images:
                return self._redirect_after_upload(request, images)
        return self._render_upload_form(request, form)

    def _create_image(self, request: HttpRequest, file: UploadedFile) -> Image | None:
        """Create an image from a file. If that fails, add an error message and return None."""
        try:
            return uploads.create_image(self, request, file)
        except ValidationError as error:
            reason = " ".join(error.messages)
        except (services.StorageFailed, services.Busy) as error:
            reason = uploads.error_message(error)
        messages.error(request, f"“{file.name}”: {reason}")
        return None

    def _redirect_after_upload(self, request: HttpRequest, images: list[Image]) -> HttpResponse:
        """Redirect to the page of the new image, or to the list. In a popup, choose the first image."""
        if IS_POPUP_VAR in request.POST:
            return self.response_add(request, images[0])
        if len(images) == 1:
            note = _("The image is here. Say what it shows, for those who do not see it.")
            messages.success(request, note if images[0].is_new else _("This image was here already."))
            return HttpResponseRedirect(reverse("admin:media_image_change", args=[images[0].pk]))
        messages.success(request, ngettext("%s image is here.", "%s images are here.", len(images)) % len(images))
        return HttpResponseRedirect(reverse("admin:media_image_changelist"))

    def _render_upload_form(self, request: HttpRequest, form: UploadForm) -> HttpResponse:
        request.current_app = self.admin_site.name
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Upload images"),
            "opts": self.opts,
            "form": form,
            "is_popup": IS_POPUP_VAR in request.GET or IS_POPUP_VAR in request.POST,
            "is_popup_var": IS_POPUP_VAR,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/media/image/upload.html", context)
