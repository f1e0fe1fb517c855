"""The PyTorch side of mucode: model servers and training jobs over transformers and TRL."""
