"""The site's settings are exported with the blog and imported into a site whose settings nobody has changed."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile

from apps.media import services as media
from apps.site import exports, models, services
from apps.site.models import Link, Site
from tests.importing.test_export import export, import_
from tests.media import files

pytestmark = pytest.mark.django_db

VALUES = {
    "name": "The Rose",
    "tagline": "Thorns: “all”",
    "language": "de",
    "logo": "/media/logo.png",
    "logo_dark": "/media/logo-light.png",
    "share_image": "/media/share.png",
    "masthead": "both",
    "masthead_side": "start",
    "footer_text": "By hand",
    "accent": "#1d4f7c",
    "typefaces": "sans",
    "width": "wide",
    "scheme": "dark",
    "code_colours": "night",
    "dates": "iso",
    "front_page": "grid",
    "posts_per_page": 7,
    "feed_text": "summary",
    "comments": "off",
    "comments_close_days": 30,
}


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    """Store images in a temporary folder."""
    settings.MEDIA_ROOT = str(tmp_path / "media")


def set_all() -> None:
    site = services.stored_site()
    links = [
        Link(menu="header", label="Home", address="/"),
        Link(menu="social", label="M", address="https://m.example/@r"),
    ]
    site = services.update_site(site, expected_version=site.version, links=links, **VALUES)
    services.set_stylesheet(site, "a { color: red }\n\nb { color: blue }", expected_version=site.version)


def test_every_setting_is_exported_and_comes_back(make_post, tmp_path):
    make_post("Roses")
    set_all()
    assert set(VALUES) == set(models.FIELDS) - {"stylesheet_digest"}
    export(tmp_path / "out")
    before = models.current()
    Site.objects.all().delete()
    import_(tmp_path / "out")
    assert models._read() == before
    assert services.stored_stylesheet() == "a { color: red }\n\nb { color: blue }"


def test_a_site_as_it_begins_exports_no_settings(make_post, tmp_path):
    make_post("Roses")
    export(tmp_path / "out")
    assert not (tmp_path / "out" / "_data" / "site.yml").exists()


def test_settings_that_somebody_has_changed_are_kept(make_post, tmp_path):
    make_post("Roses")
    set_all()
    export(tmp_path / "out")
    Site.objects.all().delete()
    services.update_site(services.stored_site(), expected_version=1, name="Mine")
    done = import_(tmp_path / "out")
    assert Site.objects.get().name == "Mine"
    assert "_data/site.yml:1: warning: was passed over: this site has settings already" in done


def test_wrong_values_are_named_and_nothing_is_set(make_post, tmp_path):
    make_post("Roses")
    export(tmp_path / "out")
    (tmp_path / "out" / "_data" / "site.yml").write_text("name: New\naccent: red\n")
    assert "was not taken over: A colour is #" in import_(tmp_path / "out")
    assert not Site.objects.filter(name="New").exists()


def test_a_picture_that_the_site_shows_is_not_deleted(erika):
    image = media.create_image(by=erika, file=ContentFile(files.jpeg(64, 64), name="logo.jpg"))
    services.update_site(services.stored_site(), expected_version=1, logo=f"{image.address}#logo")
    with pytest.raises(ValidationError, match="The site shows it"):
        media.delete_image(image)
    image.refresh_from_db()
    site = services.stored_site()
    services.update_site(site, expected_version=site.version, logo="")
    media.delete_image(image)


def test_the_settings_of_an_export_are_taken_over_only_while_they_are_untouched():
    assert exports.is_untouched()
    services.stored_site()
    assert exports.is_untouched()
    services.update_site(services.stored_site(), expected_version=1, name="Mine")
    assert not exports.is_untouched()
