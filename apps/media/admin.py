"""Images at the editors' desk: uploaded one or several at a time, described, and deleted where nothing shows them."""

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
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core.admin.base import ServiceAdmin
from apps.core.admin.forms import VersionedForm

from . import services, uploads
from .models import Image
from .names import TYPES

MAX_FOUND = 500
"""Images that a search of names finds; the first of them by name."""
MAX_USES = 20
"""Posts that the page of an image names."""


class UseFilter(admin.SimpleListFilter):
    """Which images no post shows."""

    title = gettext_lazy("use")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        """Return the one choice besides all."""
        return [("none", _("Unused"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Narrow the list to what is unused."""
        return queryset.unused() if self.value() == "none" else queryset


class SeveralFiles(forms.ClearableFileInput):
    """A field of a page that several files can be put into."""

    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """One file at least. What is wrong with a file is told of each; an empty one is not the form's to refuse."""

    widget = SeveralFiles

    def clean(self, data: list[UploadedFile], initial=None) -> list[UploadedFile]:
        """Return the files. Raises ValidationError where there is none."""
        return data or super().clean(None, initial)


class UploadForm(forms.Form):
    """The form of new images."""

    pictures = SeveralFilesField(
        label=gettext_lazy("Files"),
        widget=SeveralFiles(attrs={"accept": ",".join(["image/gif", *TYPES.values()])}),
        help_text=gettext_lazy("JPEG, PNG, WebP, AVIF or GIF, of at most 25 MB each. No animations."),
    )


@admin.register(Image)
class ImageAdmin(ServiceAdmin):
    """All images; an author changes those that they uploaded."""

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
        """Fetch the users by one query."""
        return queryset.prefetch_related("uploaded_by")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Find images by a part of their names, which are read from their index alone."""
        if not search_term.strip():
            return queryset, False
        named = Image.objects.filter(name__icontains=search_term.strip()).order_by("name", "pk")
        return queryset.filter(pk__in=list(named.values_list("pk", flat=True)[:MAX_FOUND])), False

    @admin.display(description=gettext_lazy("picture"))
    def picture(self, image: Image) -> str:
        """Show it, small, with its name."""
        markup = '<img class="image-thumbnail" src="{}" alt="" loading="lazy"><span>{}</span>'
        return format_html(markup, image.thumbnail, image.name)

    @admin.display(description=gettext_lazy("size"))
    def measures(self, image: Image) -> str:
        """Say what was uploaded: its pixels, its format, its bytes."""
        return f"{image.width} × {image.height}, {image.kind.upper()}, {filesizeformat(image.size)}"

    @admin.display(description=gettext_lazy("uploaded"))
    def date(self, image: Image) -> str:
        """Say when it was uploaded."""
        return date_format(localtime(image.created_at), "SHORT_DATETIME_FORMAT")

    # One image

    @admin.display(description=gettext_lazy("picture"))
    def preview(self, image: Image) -> str:
        """Show it; with JavaScript, a click chooses the focal point."""
        picture = image.picture
        markup = '<div class="focal-point"><img src="{}" alt="{}" width="{}" height="{}"></div>'
        return format_html(markup, picture.address, image.alt, picture.width, picture.height)

    @admin.display(description=gettext_lazy("in a text"))
    def in_a_text(self, image: Image) -> str:
        """Say what to write to show it."""
        return format_html("<code>{}</code>", image.markdown)

    @admin.display(description=gettext_lazy("used in"))
    def used_in(self, image: Image) -> str:
        """Lead to the posts that show it."""
        posts = list(image.uses.order_by("-post_id").values_list("post_id", "post__title")[: MAX_USES + 1])
        if not posts:
            return _("No post shows it.")
        rows = [(reverse("admin:posts_post_change", args=[pk]), title) for pk, title in posts[:MAX_USES]]
        more = format_html("<li>{}</li>", _("and others")) if len(posts) > MAX_USES else SafeString("")
        items = format_html_join("", '<li><a href="{}">{}</a></li>', rows)
        return format_html('<ul class="image-uses">{}{}</ul>', items, more)

    def has_change_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        """Allow changes of what one uploaded; editors, of all."""
        return super().has_change_permission(request) and (obj is None or obj.is_editable_by(request.user))

    def has_delete_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        """Allow to delete what one may change."""
        return super().has_delete_permission(request) and (obj is None or obj.is_editable_by(request.user))

    def save_model(self, request: HttpRequest, obj: Image, form: VersionedForm, change: bool) -> None:
        """Save what was changed of the description."""
        if form.changed:
            version, values = form.cleaned_data["version"], form.values(form.changed)
            stored = self.stored(request, obj.pk)
            services.update_image(stored, by=request.user, expected_version=version, **values)
            obj.version = stored.version

    def delete_view(self, request: HttpRequest, object_id: str, extra_context=None) -> HttpResponse:
        """Ask, then delete; say where it is used instead of asking."""
        try:
            if (image := self.get_object(request, object_id)) and self.has_delete_permission(request, image):
                services.check_unused(image)
            return super().delete_view(request, object_id, extra_context)
        except services.StaleVersion:
            messages.error(request, _("Somebody saved it meanwhile. Nothing was deleted; look at it again."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(reverse("admin:media_image_change", args=[object_id]))

    def delete_model(self, request: HttpRequest, obj: Image) -> None:
        """Delete it and its files."""
        services.delete_image(obj, expected_version=obj.version, by=request.user)

    # New images

    def get_urls(self) -> list[URLPattern]:
        """Add the address that the editor's JavaScript sends files to."""
        upload = update_wrapper(partial(uploads.answer, self), uploads.answer)
        upload.answer_forged = uploads.answer_forged
        return [path("upload/", upload, name="media_image_upload"), *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context=None) -> HttpResponse:
        """Show the form of new images, or keep those that it was sent with."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if form.is_valid():
            kept = [image for file in form.cleaned_data["pictures"] if (image := self._keep(request, file))]
            if kept:
                return self._after(request, kept)
        return self._form_of_new(request, form)

    def _keep(self, request: HttpRequest, file: UploadedFile) -> Image | None:
        """Keep a file; where that cannot be, say why and return None."""
        try:
            return uploads.keep(self, request, file)
        except ValidationError as error:
            reason = " ".join(error.messages)
        except (services.NotStored, services.Busy) as error:
            reason = uploads.in_words(error)
        messages.error(request, f"“{file.name}”: {reason}")
        return None

    def _after(self, request: HttpRequest, kept: list[Image]) -> HttpResponse:
        """Lead to what is to be described next; a window that was opened to choose an image has one chosen."""
        if IS_POPUP_VAR in request.POST:
            return self.response_add(request, kept[0])
        if len(kept) == 1:
            note = _("The image is here. Say what it shows, for those who do not see it.")
            messages.success(request, note if kept[0].is_new else _("This image was here already."))
            return HttpResponseRedirect(reverse("admin:media_image_change", args=[kept[0].pk]))
        messages.success(request, ngettext("%s image is here.", "%s images are here.", len(kept)) % len(kept))
        return HttpResponseRedirect(reverse("admin:media_image_changelist"))

    def _form_of_new(self, request: HttpRequest, form: UploadForm) -> HttpResponse:
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
