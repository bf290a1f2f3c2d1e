#!/bin/sh
# What the description of a pull request ($DESCRIPTION) allows to be lost: its lines "allow-loss: NAME".
printf '%s\n' "${DESCRIPTION:-}" | tr -d '\r' | sed -n 's/^allow-loss: *\([^ ]*\).*/\1/p'
