"""An employee whose state lives in code, and a debrief that quotes."""
