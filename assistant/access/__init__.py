"""Who gets in and to what: users, passwords, sessions, tokens, limits."""
