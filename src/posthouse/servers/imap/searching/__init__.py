"""SEARCH: what can be told from flags and numbers is told from the shared arrays; what is left is read page by page."""
