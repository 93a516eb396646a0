"""Commands about rights, quotas and metadata: ``acl quota metadata``."""
