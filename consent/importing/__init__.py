"""From a client's file of any make to contacts: read, map, clean, load, report."""
