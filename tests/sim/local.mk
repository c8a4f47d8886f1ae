# Simulations: scenario in, decisions out.
