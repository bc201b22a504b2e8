"""What to tell the world: commits, issues, messages. Decide first (pure), then do (through ports)."""
