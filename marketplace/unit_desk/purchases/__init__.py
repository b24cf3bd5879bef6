"""采购: the catalogue with bulk prices, purchase orders, acceptance and transfers of a unit."""
