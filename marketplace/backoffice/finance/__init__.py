"""What finance does every day: transfer proofs against bank statements, money going back, money nobody can place."""
