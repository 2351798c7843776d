"""The pictures of the demo blog, drawn by programs: `drawing` is the kit, the other modules draw."""
