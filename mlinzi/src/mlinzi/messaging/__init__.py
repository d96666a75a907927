"""The only sender. Enforces safe contact."""
