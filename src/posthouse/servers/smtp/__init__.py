"""SMTP and LMTP servers: MX, submission and local delivery; what the commands mean."""
