"""The selected mailbox: what the process knows of it, shared by its sessions, and what one client has been told."""
