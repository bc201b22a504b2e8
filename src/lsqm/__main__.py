"""`python -m lsqm` and the `lsqm` script."""

from lsqm.cli.main import main

if __name__ == "__main__":
    main()
