"""The DNS, asked through resolvers of the operator's choice."""
