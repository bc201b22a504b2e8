"""The emulators of `--emulator docker|embedded|URL`, each implementing `lsqm.ports.emulator`."""
