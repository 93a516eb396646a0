"""The command line: argv becomes one call; no logic lives here."""
