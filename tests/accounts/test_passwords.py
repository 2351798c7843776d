"""New passwords are long and not common, and all are stored with Argon2; nothing is asked of a third party."""

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from blog_project import settings as own_settings

pytestmark = pytest.mark.any_database


@pytest.fixture(autouse=True)
def real_hashers(settings):
    """Hash as in production; other tests use a fast hash."""
    settings.PASSWORD_HASHERS = own_settings.PASSWORD_HASHERS


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("fjord-x9-qzk", None),
        ("fjord-x9-qz", "at least 12 characters"),
        ("qwertyuiop123", "too common"),
        ("PasswordPassword", "too common"),
        ("736152093847", "entirely numeric"),
        ("Broadsheet-2026!", "Apart from words of this site"),
        ("editor@testserver", "Apart from words of this site"),
        ("the broadsheet of fjord", None),
        ("Four words and a comma, perhaps", None),
        ("ж" * 12, None),
    ],
)
def test_a_password_is_refused_with_the_reason(password, reason):
    if reason is None:
        validate_password(password)
    else:
        with pytest.raises(ValidationError, match=reason):
            validate_password(password)


def test_the_rules_are_listed_in_the_form(erika, log_in):
    page = log_in(erika).get("/admin/password_change/").content.decode()
    assert "at least 12 characters" in page
    assert "commonly used password" in page
    assert "logs you out everywhere else" in page
    assert "the name or the address of this site" in page


def test_passwords_are_hashed_with_argon2_in_little_memory(erika):
    erika.set_password("fjord-x9-qzk")
    assert erika.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert erika.check_password("fjord-x9-qzk")


def test_the_next_login_replaces_an_older_hash(erika, client):
    erika.password = PBKDF2PasswordHasher().encode("fjord-x9-qzk", "salt", iterations=10)
    erika.save()
    assert client.post("/admin/login/", {"username": "erika", "password": "fjord-x9-qzk"}).status_code == 302
    erika.refresh_from_db()
    assert erika.password.startswith("argon2$")
    assert client.get("/admin/").status_code == 200
