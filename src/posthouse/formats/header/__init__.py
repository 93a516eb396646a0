"""Header fields: scanning, unfolding, encoded words, dates, identifiers."""
