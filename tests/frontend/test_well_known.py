"""Programs find out whom to tell of a vulnerability, and where users change their password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ADDRESS = "/.well-known/security.txt"


def test_security_txt_names_the_contacts_and_expires_within_a_year(client, settings):
    settings.SECURITY_CONTACTS = ["mailto:security@example.org", "https://example.org/report"]
    response = client.get(ADDRESS)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    lines = [line.partition(": ")[::2] for line in response.content.decode().splitlines()]
    assert [value for name, value in lines if name == "Contact"] == settings.SECURITY_CONTACTS
    (expires,) = [value for name, value in lines if name == "Expires"]
    assert timedelta() < datetime.fromisoformat(expires) - datetime.now(UTC) < timedelta(days=365)
    assert ("Canonical", f"{settings.SITE_URL}{ADDRESS}") in lines


def test_the_date_is_not_cached_with_the_pages(client, settings):
    settings.SECURITY_CONTACTS = ["mailto:security@example.org"]
    assert "s-maxage" not in client.get(ADDRESS)["Cache-Control"]


def test_without_contacts_there_is_no_security_txt(client):
    assert client.get(ADDRESS).status_code == 404


def test_the_address_for_a_change_of_password_leads_to_the_admin(client):
    response = client.get("/.well-known/change-password")
    assert (response.status_code, response["Location"]) == (302, reverse("admin:password_change"))
