"""Reads rendered manifests from standard input; writes them as JSON, with what the schemas of Kubernetes have against them."""

import json
import sys

import kubernetes_validate
import yaml

documents = [document for document in yaml.safe_load_all(sys.stdin) if document]
problems = []
for document in documents:
    if document["apiVersion"].startswith("keda.sh/"):
        continue
    try:
        kubernetes_validate.validate(document, sys.argv[1], strict=True)
    except kubernetes_validate.ValidationError as error:
        path = ".".join(str(step) for step in error.path)
        problems.append(f"{document['kind']} {document['metadata']['name']}: {path}: {error.message}")
json.dump({"documents": documents, "problems": problems}, sys.stdout)
