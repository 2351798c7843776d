"""The split on one machine: what the rendered manifests say, as processes behind a gateway."""
