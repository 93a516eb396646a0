"""The nouns of the command line, one module each: argv in, one call, words out."""
