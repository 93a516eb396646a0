"""SPF, DKIM, DMARC, ARC: verdicts from questions that others answer."""
