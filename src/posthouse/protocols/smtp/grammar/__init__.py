"""Rules of the SMTP grammar, each under its ABNF name; parsers raise SyntaxViolation, writers are their inverses."""
