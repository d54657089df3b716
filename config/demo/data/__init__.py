"""The demo's data: made up, the same each time, through the product's own doors wherever there is one."""
