"""tools/chart_paths.py lists values in values.yaml, values that only templates read, and values of subcharts."""

import io
import tarfile
from pathlib import Path

from tools.chart_paths import known


def test_values_templates_and_the_enabled_subchart_are_all_read(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "charts").mkdir()
    (tmp_path / "values.yaml").write_text("proxy:\n  replicas: 1\n  labels: {}\n  tolerations: []\n  name:\n")
    (tmp_path / "templates" / "proxy.yaml").write_text(
        "{{ toYaml .Values.proxy.strategy }} {{ .Values.proxy.replicas }}"
    )
    with tarfile.open(tmp_path / "charts" / "etcd-8.12.0.tgz", "w:gz") as package:
        for path, text in {
            "etcd/values.yaml": "replicaCount: 1\n",
            "etcd/templates/set.yaml": "{{ .Values.pdb.create }}",
            "etcd/charts/common/values.yaml": "other: 1\n",
        }.items():
            member = tarfile.TarInfo(path)
            member.size = len(text)
            package.addfile(member, io.BytesIO(text.encode()))

    assert known(tmp_path) == {
        "proxy.replicas": False,
        "proxy.labels": True,
        "proxy.tolerations": True,
        "proxy.name": True,
        "proxy.strategy": True,
        "etcd.replicaCount": False,
        "etcd.pdb.create": True,
    }
