"""Settings: defaults < lsqm.toml < environment < flags."""
