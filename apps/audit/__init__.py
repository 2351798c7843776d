"""The audit trail: who did what, when and by which release, in entries that are chained by digests."""
