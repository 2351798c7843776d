"""What is fast, measured side by side: `make bench`. What is small: `make footprint`."""
