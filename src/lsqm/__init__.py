"""lsqm, the LocalStack Quality Monitor: one run a week tells whether LocalStack got better or worse, where, and why."""
