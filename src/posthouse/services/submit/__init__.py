"""Taking a message from one of our own people: may they send as this, is it complete, then acceptance as for any mail."""
