"""What belongs to signing in beside who it is: hashes renewed, where credentials are used from."""
