"""The web app: a Gradio page mounted on FastAPI. Knows the coach; nothing below knows it."""
