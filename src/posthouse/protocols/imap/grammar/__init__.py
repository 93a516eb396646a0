"""The lexical rules that commands share, one module per kind of value; functions carry the ABNF rule names of RFC 9051 §9."""
