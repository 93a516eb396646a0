"""How much has been sent in the last minute, hour and day, and when there is room again."""
