"""Evidence packs: everything that stands behind a campaign, a person's messages or a period, provable without the product."""
