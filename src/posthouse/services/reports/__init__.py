"""Reports about mail authentication: counting what is found, telling the domains, taking what others tell us (C4)."""
