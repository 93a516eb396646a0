"""Where credentials are used from, in a database."""
