"""Groups: who is in them, who may write to them, and sending on what comes."""
