"""Find known fingerprints, missing none."""
