"""`make doctor`: what is wrong with an account before a deployment, or with a stack after it. It changes nothing."""
