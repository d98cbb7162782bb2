"""What leaves the machine, and under which names: pseudonyms before a remote model, and a cap on what it costs."""
