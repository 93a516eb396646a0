"""Use cases with verbs for names; every verb takes a Principal and checks its rights."""
