"""What the tests set before Django reads its settings, whatever a `.env` says."""

import os

from tools.prepare import ENVIRONMENT

os.environ.update(
    {
        # With the programs that tools/prepare.py has put into .venv.
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
        # Tests ask faster than any client; those of the limits set some.
        "API_TOKEN_RATES": "",
        "API_ADDRESS_RATES": "",
        "EMAIL_URL": "memorymail://",
        "DATABASE_URL": os.environ.get("TEST_DATABASE_URL") or "sqlite://:memory:",
    }
)
