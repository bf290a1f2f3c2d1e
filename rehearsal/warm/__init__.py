"""Programs, and the emulated cloud, start in a Python process which has imported them already.

Importing the providers' SDKs takes three of the five seconds of a preview, and a rehearsal runs the program three or
four times. One process imports them once, and the program's own modules (`process.py`), and forks for every run; a
changed program imports its modules itself. What the CLI starts is a script that asks that process (`start.py`), for the
language host, too, which it starts twice for every command. Another process does the same for the emulated clouds, of
which tests start hundreds.
This works with the CLI that is built here, on Linux; elsewhere programs start as usual.
"""
