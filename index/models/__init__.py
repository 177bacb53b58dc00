"""Encoders and rerankers: their compilation to ONNX, their folders and their use."""
