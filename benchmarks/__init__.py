"""Benchmarks: `make bench` measures speed beside other servers, `make footprint` measures memory."""
