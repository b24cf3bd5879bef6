"""The face for partner units (包扶单位): their plan, members, paired villages and purchases. Owns no tables."""
