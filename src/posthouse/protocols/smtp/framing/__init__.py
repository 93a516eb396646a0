"""Where things end on the wire, with bounded memory: lines, dot-stuffed content, chunks."""
