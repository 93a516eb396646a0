"""Rights, quotas and metadata: ``acl quota metadata``."""
