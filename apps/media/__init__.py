"""Images: uploaded once, checked, made anew in every size and format that readers need, and named by their content."""
