"""The contracts of the Web API: what files say of each operation, and what that comes to for one access."""
