"""What the editors' desk keeps for its editors: the admin role's alone."""
