"""What buyers say of a supplier's goods, and its one answer."""
