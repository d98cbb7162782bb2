"""What is kept, where and for how long: agreements and saved work on SQLite or PostgreSQL."""
