"""Is a number registered with the carriers? Read from Twilio and kept as dated rows (rules A2P-BRAND, A2P-CAMPAIGN, TF-VERIFY)."""
