"""PDF and Word files: `sandbox` starts a separate process with limits, in which `converter` turns a file into HTML."""
