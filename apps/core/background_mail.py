"""Sending mail by a separate thread, so that a mail server can neither delay nor fail a request, nor tell by its time."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from django.core.mail import EmailMessage

logger = logging.getLogger(__name__)

_sender = ThreadPoolExecutor(1, thread_name_prefix="mail")


def send(message: EmailMessage) -> None:
    """Queue a message. It is lost if the process ends before; an error is logged."""
    _sender.submit(_deliver, message)


def wait() -> None:
    """Block until every mail that is queued so far was tried."""
    _sender.submit(lambda: None).result()


def _deliver(message: EmailMessage) -> None:
    try:
        message.send()
    except Exception:
        # Any error: of the mail server, the network, an invalid address.
        logger.exception("A mail could not be sent")
