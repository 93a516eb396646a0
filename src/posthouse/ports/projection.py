"""What a protocol or a view wants precomputed when a message comes in.

A projection is a pure function from the octets a mailbox shows, and the structure found in them, to octets that the store keeps
without looking at them. Bootstrap registers projections by name; the store can rebuild them all.
"""

from collections.abc import Callable, Mapping

from posthouse.formats.mime.part import Part

Projection = Callable[[bytes, Part], bytes]
"""Shown octets and their structure to the octets to keep; never raises, whatever the message."""

Projections = Mapping[str, Projection]
"""By name; those named ``room.name`` with the same room are read and written together."""
