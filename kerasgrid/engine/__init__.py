"""How it trains: programs compiled once per structure. All that is TensorFlow, and nothing else."""
