"""Shows what the deployment of a stack will do, before anyone pays for it: `.venv/bin/python -m rehearsal STACK`."""

import sys

from rehearsal.warm import starter

if __name__ == "__main__":
    # They import the SDKs and the cloud's packages while this process imports what it needs itself.
    starter.environment(changed=False)
    starter.for_cloud()

    from rehearsal.command import main

    sys.exit(main(".venv/bin/python -m rehearsal"))
