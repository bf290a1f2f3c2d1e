"""The settings in `Pulumi.<stack>.yaml`: their types, their defaults, and the checks that find every mistake."""
