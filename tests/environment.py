"""The environment the tests run in: what they need of the person's, and nothing else of it.

Locale, time zone, terminal and whatever is meant for Python, Pulumi, AWS, git or make would change what programs print,
whom they ask, or with which rights. How the program's own commands fare in a hostile one: tests/test_environment.py.
"""

import os

KEPT = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LD_LIBRARY_PATH", "JAVA_HOME", "OGX_PYTHON"),
    # What packages and Maven's archive are reached by; nothing else in a test leaves this machine.
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"),
)
KEPT_PREFIXES = ("PIP_", "UV_", "GO", "PYENV_", "XDG_", "PYTEST_XDIST_")
SET = {
    "LC_ALL": "C.UTF-8",
    "PYTHONUTF8": "1",  # where there is no such locale
    "TZ": "UTC",
    "no_proxy": "localhost,127.0.0.1,::1",
    "NO_PROXY": "localhost,127.0.0.1,::1",
}
MARK = "MILVUS_ON_AWS_TEST_RUN"
"""Variable by which a run knows the processes that it has started, wherever they went (leftovers.py)."""


def isolate() -> None:
    """Makes this process' environment that of a test run. A worker of pytest-xdist keeps the run's mark."""
    run = os.environ.get(MARK) if "PYTEST_XDIST_WORKER" in os.environ else None
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)}
    os.environ.clear()
    os.environ.update({**kept, **SET, MARK: run or str(os.getpid())})
