"""Commands about the session itself: before login, and in any state."""
