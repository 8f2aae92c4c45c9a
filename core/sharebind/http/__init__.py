"""How calls are carried. aiohttp's client is used here and nowhere else."""
