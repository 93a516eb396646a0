"""QMTP: mail from servers that speak it, judged as on port 25."""
