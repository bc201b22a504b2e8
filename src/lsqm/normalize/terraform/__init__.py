"""Terraform that others wrote, taken in: self-contained, without input, network, foreign plugins or programs to run.

source_tree  reading a fetched folder safely         modules   the root and what it calls, parsed
policy       what may not be in a design             settings  backends, providers, versions
freeze       helper providers become constants       variables stand-ins for what nobody answers
carry        files that are read, and the layout     intake    all of it in order
"""

from lsqm.normalize.terraform.intake import TerraformIntake, intake

__all__ = ["TerraformIntake", "intake"]
