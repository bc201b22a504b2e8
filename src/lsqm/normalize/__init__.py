"""Any dialect in, Terraform and diagnostics out. Looks up or reports; never guesses."""
