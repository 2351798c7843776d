"""The table of `make split` fits a terminal of 80 columns."""

from tools.local_cluster import screen
from tools.local_cluster.screen import Row


def test_the_longest_row_is_as_wide_as_its_head_and_fits_eighty_columns():
    row = Row("frontend", "broadsheet-frontend-12", "wait-for-migrations", 32767, 12, 250 * 2**20, 1234.5)
    assert len(str(row)) == len(screen._HEAD) < 80
    assert str(row).split() == [
        *("frontend", "broadsheet-frontend-12", "wait-for-migrat", "32767", "12", "250.0", "MB", "1234.5")
    ]
