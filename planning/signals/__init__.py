"""The signals that tell somebody about trouble: one table, from which alarms, their price and their pages follow."""
