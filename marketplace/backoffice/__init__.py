"""The face for admins, finance and auditors. Owns no tables."""
