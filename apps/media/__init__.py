"""Images: checked on upload, encoded in every size and format that readers need, and named by their content."""
