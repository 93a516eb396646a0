"""Every setting of the service, declared once (capability B11); a module for each subject."""
