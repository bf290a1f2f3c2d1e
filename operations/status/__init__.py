"""How a stack is: what is on fire, what will be, and what it costs, on one screen."""
