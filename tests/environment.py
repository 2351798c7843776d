"""Environment variables that the tests set before Django reads its settings; they override `.env`."""

import os

from tools.prepare import ENVIRONMENT

os.environ.update(
    {
        # With the programs that tools/prepare.py has installed in .venv.
        "PATH": ENVIRONMENT["PATH"],
        "DEBUG": "1",
        "ROLE": "all",
        "SECRET_KEY": "only-for-tests-" + "x" * 50,
        "HTTPS": "0",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
        "SITE_URL": "http://testserver",
        "SITE_NAME": "Broadsheet",
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "text",
        "CACHE_URL": "locmemcache://",
        # Tests send requests faster than any client; the tests of rate limits set their own.
        "API_TOKEN_RATES": "",
        "API_ADDRESS_RATES": "",
        # Tests change rights and read at once; `tests/api/test_recent_tokens.py` sets its own.
        "API_TOKEN_CACHE_SECONDS": "0",
        "EMAIL_URL": "memorymail://",
        "DATABASE_URL": os.environ.get("TEST_DATABASE_URL") or "sqlite://:memory:",
    }
)
