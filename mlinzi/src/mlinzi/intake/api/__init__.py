"""The door for providers' programs: `calls` in the format of the CyberTipline, `reports` in JSON."""
