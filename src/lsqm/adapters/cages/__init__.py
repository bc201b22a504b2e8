"""The jails in which foreign code runs, each implementing `lsqm.ports.cage`; the strongest that works is chosen."""
