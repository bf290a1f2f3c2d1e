"""Other people's packages on a local server: what each usually does, whether it works, and why not where it doesn't."""
