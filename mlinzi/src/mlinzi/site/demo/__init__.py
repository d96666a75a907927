"""An invented nation, for trying everything out."""
