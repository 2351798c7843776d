"""What the desk keeps besides the content."""
