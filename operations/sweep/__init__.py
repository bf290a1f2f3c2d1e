"""`make sweep`: what a stack left in its account, what that costs, and, with APPLY=1, its end where that is safe."""
