"""Terraform's language: read it (`parse`, `tree`, `evaluate`, `read`) and write it (`emit`)."""
