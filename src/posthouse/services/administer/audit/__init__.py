"""The audit log: writing acts down and looking at them."""
