"""How a date with its time is shown in German: as `apps.core.shown_dates` shows it."""

DATETIME_FORMAT = "j. F Y, H:i"
