"""How values come in and go out: files, JSON, Markdown, calendars."""
