"""The composition root: reads settings, joins adapters to ports, starts roles."""
