"""Pages made on the server: templates, catalogues of words, style sheets."""
