"""Octets to characters: charset labels as mail programs write them, and a guess where there is none."""

from posthouse.formats.charset.decoding import decode, is_known
from posthouse.formats.charset.detection import detect

__all__ = ["decode", "detect", "is_known"]
