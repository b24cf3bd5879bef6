"""The outlet operator's desk: parcels, orders for villagers, produce. It sees its own outlet and nothing else."""
