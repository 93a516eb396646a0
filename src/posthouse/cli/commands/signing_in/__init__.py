"""Commands about signing in: app passwords, and from where nobody may."""
