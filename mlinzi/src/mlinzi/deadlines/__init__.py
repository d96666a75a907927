"""What is due, who is told, who is told next."""
