"""Applications for certification, from draft to decision."""
