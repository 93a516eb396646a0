"""Making a description of domains, accounts, groups, aliases and settings true."""
