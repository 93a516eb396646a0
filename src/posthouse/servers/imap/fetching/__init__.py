"""FETCH: attributes become columns to read and a template to fill, so that a page of messages is a few passes over lists."""
