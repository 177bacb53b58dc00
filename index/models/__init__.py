"""The encoder and the reranker: compiled ONNX models."""
