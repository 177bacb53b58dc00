"""The settings of a deployment: strata.yaml, environment, and their sections."""
