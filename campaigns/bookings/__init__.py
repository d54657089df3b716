"""Appointments: read from files and from other systems, known again, counted by the reports."""
