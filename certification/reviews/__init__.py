"""What officials do to an application: confirm, approve, return, reject, level by level."""
