"""The split on one machine: runs the pods of the rendered manifests as processes behind a gateway."""
