"""The program: settings -> components -> outputs."""

import pulumi

import outputs
import settings
from components.embedded import Embedded, EmbeddedArgs

try:
    config = settings.load()
except settings.SettingsError as error:
    raise pulumi.RunError(str(error)) from None

if config.target == "aws":
    raise pulumi.RunError("milvus-on-aws:target: aws is not built yet; target embedded is")

milvus = Embedded(
    "milvus",
    EmbeddedArgs(
        port=config.embedded.port,
        data_dir=config.embedded.data_dir or f".local/milvus/{pulumi.get_stack()}",
        log_level=config.embedded.log_level,
        keep_data=config.embedded.keep_data,
    ),
)
outputs.export(
    target=config.target, milvus_uri=milvus.uri, milvus_host=milvus.host, milvus_port=milvus.port, milvus_tls=False
)
