"""What `Pulumi.<stack>.yaml` may say: read once (reading.py), typed (model.py, sections.py), judged as a whole."""
