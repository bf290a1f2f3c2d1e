"""What AWS itself publishes about its inputs, as far as it is known here."""
