"""People who are on the list twice: found, joined into one, and parted again."""
