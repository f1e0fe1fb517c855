#!/bin/sh
# Rewrites the lock files from pyproject.toml: `sh lock.sh` (needs uv). Install each with `--no-deps --require-hashes`.
#   requirements.lock      everything, with PyTorch's CUDA libraries
#   requirements-cpu.lock  for machines without a GPU: less what `import torch` and CPU work don't need. The other
#                          CUDA wheels stay: PyPI's Linux build of torch is linked against them.
#   requirements-dev.lock  formatter, type checker and test runner, on top of either
set -eu
cd "$(dirname "$0")"
compile() {
  out=$1
  shift
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
    "$@" --output-file "$out"
}
compile requirements.lock pyproject.toml
compile requirements-cpu.lock pyproject.toml --constraint requirements.lock \
  --no-emit-package triton --no-emit-package nvidia-cusolver --no-emit-package nvidia-nvtx \
  --no-emit-package cuda-bindings --no-emit-package cuda-pathfinder
compile requirements-dev.lock --group dev --constraint requirements.lock
