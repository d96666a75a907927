"""What `mlinzi check` looks at. Each module looks at one thing and gives findings, a sentence each."""
