"""Asking the carrier about numbers: what it costs, whom to ask about, the answers kept."""
