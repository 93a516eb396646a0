"""Whether a signed token of an identity provider counts (RFC 7519, OpenID Connect Core)."""
