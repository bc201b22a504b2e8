"""One module per service, each with the `RECIPES` of its resource types."""
