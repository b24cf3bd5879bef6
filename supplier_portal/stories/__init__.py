"""Stories a supplier writes of its village and of the households it works with."""
