"""The client's side, as generators: each yields what to do next and is sent the server's replies."""
