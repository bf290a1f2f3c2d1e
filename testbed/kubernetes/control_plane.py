"""Starts etcd and kube-apiserver, and if asked kube-scheduler and kube-controller-manager, on free ports of loopback.

There are no nodes but those that somebody writes into the API, and no kubelet, so that no container ever runs. Each
program ends with the process that started it. tools/kubernetes builds them.
"""

import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, redirect_stdout, suppress
from pathlib import Path
from types import TracebackType

import urllib3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rehearsal.run import UnavailableError
from testbed.kubernetes.api import Api
from tools.kubernetes import build

START_SECONDS = 60
"""Limit for the API server's start, which takes 3 to 10 s."""
STOP_SECONDS = 10
ADDRESS = "address.json"
SERVICE_CIDR = "172.20.0.0/16"
"""EKS' range of Service addresses (docs.aws.amazon.com/eks/latest/APIReference/API_KubernetesNetworkConfigRequest)."""
WITHOUT = ("node-lifecycle", "node-ipam", "persistentvolume-attach-detach", "certificatesigningrequest-signing")
"""Controllers that would wait for kubelets or clouds. The taints and volumes of nodes are set by cluster.py instead."""


def provide(*, controllers: bool = False) -> Path:
    """The folder of the programs, which are built if they are missing, with progress on standard error.

    Raises UnavailableError.
    """
    programs = tuple(build.PROGRAMS) if controllers else build.SERVER
    if reason := build.left_out(programs):
        raise UnavailableError(reason)
    try:
        with redirect_stdout(sys.stderr):
            return build.build(programs)
    except subprocess.CalledProcessError as error:
        raise UnavailableError(f"Kubernetes could not be built: {error}; its output is above") from error


class ControlPlane:
    """A context manager: entering it returns the API once it is ready, leaving it ends all programs."""

    def __init__(self, folder: Path, programs: Path, *, controllers: bool = False) -> None:
        """`folder` is a new folder for data, keys and logs. With `controllers` pods are also made and scheduled."""
        self._folder, self._programs, self._controllers = folder, programs, controllers
        self._running = ExitStack()

    def __enter__(self) -> Api:
        self._folder.mkdir(parents=True)
        try:
            return self._start()
        except BaseException:
            self._running.close()
            raise

    def __exit__(
        self, type_: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._running.close()

    def _start(self) -> Api:
        etcd, peer, port = _free_ports(3)
        token = secrets.token_hex(16)
        (self._folder / "tokens.csv").write_text(f'{token},admin,admin,"system:masters"\n')
        key = self._folder / "service-accounts.pem"
        key.write_bytes(
            ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
            )
        )
        self._run(
            "etcd",
            f"--data-dir={self._folder / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{etcd}",
            f"--advertise-client-urls=http://127.0.0.1:{etcd}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-cluster=default=http://127.0.0.1:{peer}",
            "--unsafe-no-fsync",
            "--log-level=warn",
        )
        server = self._run(
            "kube-apiserver",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={port}",
            f"--etcd-servers=http://127.0.0.1:{etcd}",
            f"--cert-dir={self._folder / 'certificates'}",
            f"--token-auth-file={self._folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--anonymous-auth=false",
            f"--service-cluster-ip-range={SERVICE_CIDR}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            "--endpoint-reconciler-type=none",
            "--allow-privileged=true",
        )
        api = Api(f"https://127.0.0.1:{port}", token, self._folder / "certificates" / "apiserver.crt")
        self._await("kube-apiserver", server, lambda: api.request("GET", "/readyz").status == 200)
        if self._controllers:
            self._control(api, key)
        (self._folder / ADDRESS).write_text(
            json.dumps({"url": api.url, "token": token, "certificate": api.certificate})
        )
        return api

    def _await(self, program: str, process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and process.poll() is None:
            with suppress(urllib3.exceptions.HTTPError, OSError):
                if ready():
                    return
            time.sleep(0.1)
        lines = (self._folder / f"{program}.log").read_text(encoding="utf-8").splitlines()
        raise RuntimeError(f"{program} did not start: " + "\n".join(lines[-3:]))

    def _control(self, api: Api, key: Path) -> None:
        """Starts the controllers and the scheduler."""
        kubeconfig = self._folder / "kubeconfig.json"
        kubeconfig.write_text(json.dumps(_kubeconfig(api)))
        scheduling, controlling = _free_ports(2)
        profile = self._folder / "scheduler.json"
        profile.write_text(
            json.dumps(
                {
                    "apiVersion": "kubescheduler.config.k8s.io/v1",
                    "kind": "KubeSchedulerConfiguration",
                    "clientConnection": {"kubeconfig": str(kubeconfig), "qps": 1000, "burst": 2000},
                    "leaderElection": {"leaderElect": False},
                    # Pods that found no place are tried again at once, so that nobody has to wait.
                    "podInitialBackoffSeconds": 1,
                    "podMaxBackoffSeconds": 1,
                }
            )
        )
        self._run(
            "kube-scheduler",
            f"--config={profile}",
            "--bind-address=127.0.0.1",
            f"--secure-port={scheduling}",
            f"--cert-dir={self._folder / 'scheduler'}",
        )
        controllers = self._run(
            "kube-controller-manager",
            f"--kubeconfig={kubeconfig}",
            "--leader-elect=false",
            "--bind-address=127.0.0.1",
            f"--secure-port={controlling}",
            f"--cert-dir={self._folder / 'controllers'}",
            f"--service-account-private-key-file={key}",
            f"--controllers=*,{','.join(f'-{name}-controller' for name in WITHOUT)}",
            "--allocate-node-cidrs=false",
            "--kube-api-qps=1000",
            "--kube-api-burst=2000",
        )
        account = "/api/v1/namespaces/default/serviceaccounts/default"  # one of them makes it
        self._await("kube-controller-manager", controllers, lambda: api.request("GET", account).status == 200)

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{program}.log").open("wb") as log:
            process = subprocess.Popen(
                [*_ending_with_us(), str(self._programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the command that uses it
            )
        self._running.callback(_stop, process)
        return process


def _ending_with_us() -> Sequence[str]:
    """Has the kernel end a program when its starter is killed (util-linux); elsewhere it ends when its starter does."""
    return ("setpriv", "--pdeathsig", "KILL") if shutil.which("setpriv") else ()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it is kept, so that it may end in the middle of anything."""
    process.kill()
    process.wait(STOP_SECONDS)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _kubeconfig(api: Api) -> dict[str, object]:
    cluster = {"server": api.url, "certificate-authority": api.certificate}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "here", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": api.token}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "admin"}}],
        "current-context": "here",
    }
