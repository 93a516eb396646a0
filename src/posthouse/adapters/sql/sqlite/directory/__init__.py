"""The directory: domains, accounts, aliases, credentials, settings; one small database."""
