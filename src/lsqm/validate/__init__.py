"""Architecture and App in, Result out: one caged trial on one fresh emulator."""
