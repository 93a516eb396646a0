"""What a message is checked for on its way in, and the chunks of BDAT."""
