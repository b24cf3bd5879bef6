"""Registering a supplier, its papers, a pilot's household and sponsor. Who admits it is the backoffice's business."""
