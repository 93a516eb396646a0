"""Mail that comes from the machine itself: one message for one of us, or what UUCP and batches bring for anybody."""
