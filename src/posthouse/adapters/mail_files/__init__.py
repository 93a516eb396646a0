"""Mail in files of other programs: mbox, Maildir, EML (port ``MailSource``)."""
