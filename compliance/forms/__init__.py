"""What people fill in on the readiness pages."""
