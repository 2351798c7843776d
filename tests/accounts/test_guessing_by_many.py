"""Guesses count for one name however it is spelled, and all of them count when they come at the same moment."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from apps.accounts.limits import Limit
from apps.accounts.models import LimitCount

SPELLINGS = ["erika", "érika", "èrika", "erikâ", "ERIKA", "ëríkà", "e\u0301rika", "ⓔrika", "ēřįķą", "erika\u00ad"]


def test_every_spelling_that_the_database_takes_for_a_name_has_the_same_limit(erika, settings):
    settings.LOGIN_ATTEMPTS_PER_NAME, settings.TRUSTED_PROXIES = len(SPELLINGS), 0
    same = [name for name in SPELLINGS if User.objects.filter(username=name).exists()]
    statuses = []
    for number in range(2 * len(SPELLINGS)):
        guess = {"username": same[number % len(same)], "password": "wrong", "next": "/admin/"}
        statuses.append(Client().post("/admin/login/", guess, REMOTE_ADDR=f"10.{number}.0.1").status_code)
    assert statuses == [200] * len(SPELLINGS) + [429] * len(SPELLINGS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite writes one after the other")
def test_what_is_counted_at_the_same_moment_is_counted_in_full():
    limit, together, errors = Limit("test", 1000, timedelta(hours=1)), threading.Barrier(8), []

    def count(value: str) -> None:
        together.wait()
        try:
            limit.add(value)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    for value in map(str, range(20)):
        threads = [threading.Thread(target=count, args=(value,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (errors, set(LimitCount.objects.values_list("count", flat=True))) == ([], {8})
