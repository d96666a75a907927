"""How dates and numbers are written here, where Django has nothing or something else."""
