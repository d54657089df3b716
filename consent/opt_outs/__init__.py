"""Lists of opt-outs: brought from elsewhere as a file, and given back as one."""
