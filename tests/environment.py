"""Reduces the tests' environment to the variables of the user's environment that they need.

Locale, time zone, terminal, and variables for Python, Pulumi, AWS, git or make would change what programs print, which
servers they ask, or which rights they have. tests/test_environment.py tests the program's own commands in such an
environment.
"""

import os

KEPT = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LD_LIBRARY_PATH", "JAVA_HOME", "OGX_PYTHON"),
    # Tests reach package indexes and Maven's archive by these. Nothing else in a test leaves this machine.
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
)
KEPT_PREFIXES = ("PIP_", "UV_", "GO", "PYENV_", "XDG_", "PYTEST_XDIST_")
SET = {
    "LC_ALL": "C.UTF-8",
    "PYTHONUTF8": "1",  # for machines without that locale
    "TZ": "UTC",
    "no_proxy": "localhost,127.0.0.1,::1",
    "NO_PROXY": "localhost,127.0.0.1,::1",
}
MARK = "MILVUS_ON_AWS_TEST_RUN"
"""Variable by which a run recognises all processes that it has started, directly or not (leftovers.py)."""


def isolate() -> None:
    """Gives this process the environment of a test run. A worker of pytest-xdist keeps the mark of its run, but not a
    run that a test in this worker starts, whose end would end everything else.
    """
    is_worker = "PYTEST_XDIST_WORKER" in os.environ and os.environ.get(MARK) == str(os.getppid())
    run = os.environ[MARK] if is_worker else None
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    os.environ.clear()
    os.environ.update({**kept, **SET, MARK: run or str(os.getpid())})
